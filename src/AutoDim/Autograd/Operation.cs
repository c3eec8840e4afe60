namespace AutoDim.Autograd;

/// <summary>
/// One recorded step of the forward pass. It keeps what its backward needs; the tape uses the object again on later steps.
/// </summary>
internal abstract class Operation
{
    /// <summary>Adds the output's gradient, through this operation, to its inputs' gradients.</summary>
    public abstract void Backward();
}
