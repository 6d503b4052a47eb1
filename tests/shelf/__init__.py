"""The sample shelf's books that do not run from left to right: what is found is lit where it was drawn."""
