# A name that nixpkgs has among its types and our library has not is not looked up further out.
with { toml = 1; };
with (import <nixpkgs/lib>).types;
toml
