# Versions of Nix differ.
dirOf "http://example"
