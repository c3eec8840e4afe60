#if FLOAT64
global using Real = double;
#else
global using Real = float;
#endif
