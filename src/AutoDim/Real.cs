// The engine's number type. The library is float32; test/AutoDim.Float64 compiles the same sources with FLOAT64,
// so that gradients and the search layer can be checked far below float32's rounding.
#if FLOAT64
global using Real = double;
#else
global using Real = float;
#endif
