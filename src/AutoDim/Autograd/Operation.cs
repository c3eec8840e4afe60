namespace AutoDim.Autograd;

/// <summary>
/// One recorded step of the forward pass. It keeps what its backward needs; the tape uses the object again on later steps.
/// </summary>
internal abstract class Operation
{
    /// <summary>Adds the output's gradient, through this operation, to its inputs' gradients.</summary>
    public abstract void Backward();

    /// <summary>Adds what this operation does when scoring to a graph, and tells the trace which value its output is; operations of training or search alone cannot.</summary>
    public virtual void Describe(GraphTrace trace) => throw new NotSupportedException($"{GetType().Name} has no form in a graph; override {nameof(Describe)} to export models that use it");
}
