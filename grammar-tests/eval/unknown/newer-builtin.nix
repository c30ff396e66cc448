builtins ? convertHash && builtins ? outputOf && builtins.wasm or false
