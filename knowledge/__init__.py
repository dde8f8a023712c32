"""The shop's policy texts: documents, passages and the search over them."""
