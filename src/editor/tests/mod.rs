//! The answers on small networks with marked places (`fixtures/editor`), and on every example network at every place.

mod asked;
mod cases;
mod everywhere;
mod speed;
