using System.Runtime.CompilerServices;
using AutoDim.Numerics;

namespace AutoDim.Autograd;

/// <summary>
/// A row-major matrix and, where the tape records, its gradient. A tensor made by a tape lives until the tape's next
/// <see cref="Tape.Reset"/>; its memory is the tape's arena.
/// </summary>
public unsafe class Tensor
{
    /// <summary>Rows; usually the samples of the batch.</summary>
    public int Rows { get; private protected set; }

    public int Columns { get; private protected set; }

    internal long Length => (long)Rows * Columns;

    internal Real* Value { get; private protected set; }

    /// <summary>The gradient's memory; null where nobody asks for it.</summary>
    internal Real* Gradient { get; private protected set; }

    /// <summary>Whether an operation should compute this tensor's gradient.</summary>
    internal bool NeedsGradient => Gradient != null && !IsFrozen;

    /// <summary>A frozen tensor takes part in the forward pass but receives no gradient.</summary>
    internal bool IsFrozen { get; set; }

    /// <summary>Whether this step's backward pass has written the gradient yet; before that its memory is undefined.</summary>
    internal bool HasGradient { get; private set; }

    internal MatrixView ValueView => new(Value, Rows, Columns, Columns);

    internal MatrixView GradientView => new(Gradient, Rows, Columns, Columns);

    /// <summary>The value of one element; for reading results.</summary>
    public double this[int row, int column]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNotEqual((uint)row < (uint)Rows && (uint)column < (uint)Columns, true, nameof(row));
            return Value[((long)row * Columns) + column];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Real* Row(int row) => Value + ((long)row * Columns);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Real* GradientRow(int row) => Gradient + ((long)row * Columns);

    internal void Place(int rows, int columns, Real* value, Real* gradient)
    {
        Rows = rows;
        Columns = columns;
        Value = value;
        Gradient = gradient;
        IsFrozen = false;
        HasGradient = false;
    }

    /// <summary>
    /// Announces that the caller writes every element of the gradient. True where an earlier operation has written it, so the
    /// caller must add; false where it must overwrite. Saves clearing every gradient on every step.
    /// </summary>
    internal bool BeginGradient()
    {
        var add = HasGradient;
        HasGradient = true;
        return add;
    }

    /// <summary>Makes the gradient safe to add to, clearing it on first use in a step.</summary>
    internal void EnsureGradient()
    {
        if (!BeginGradient()) new Span<byte>(Gradient, checked((int)(Length * sizeof(Real)))).Clear();
    }

    /// <summary>Forgets this step's gradient.</summary>
    internal void DropGradient() => HasGradient = false;
}
