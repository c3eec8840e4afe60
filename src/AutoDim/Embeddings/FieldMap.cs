using AutoDim.Autograd;

namespace AutoDim.Embeddings;

/// <summary>A field's linear map from its own dimension d to the model's D: weight (d, D), bias (1, D).</summary>
internal sealed record FieldMap(Parameter Weight, Parameter Bias);
