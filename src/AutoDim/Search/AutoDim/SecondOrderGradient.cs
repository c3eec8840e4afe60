using AutoDim.Autograd;
using AutoDim.Embeddings;
using AutoDim.Numerics;
using AutoDim.Training;

namespace AutoDim.Search.AutoDim;

/// <summary>
/// DARTS' gradient of α through one step of W (Liu et al., ICLR 2019, eqs. 7-8), the second derivative by finite differences:
/// <code>
///   W' = W − ξ ∇_W L_train(W, α)
///   ∇_α L_valid(W', α) − ξ (∇_α L_train(W⁺, α) − ∇_α L_train(W⁻, α)) / 2ε,   W± = W ± ε ∇_W' L_valid(W', α),  ε = 0.01/‖∇_W' L_valid‖
/// </code>
/// Only weights that a batch touches move; afterwards all stand as before, bit for bit.
/// </summary>
internal sealed class SecondOrderGradient(Learner learner, SearchEmbedding embedding) : IDisposable
{
    private const double Reach = 0.01;

    private readonly Direction trainStep = new(learner);
    private readonly Direction validStep = new(learner);
    private readonly double[] gradient = new double[embedding.Alpha.Length];

    /// <summary>Leaves the gradient in α.</summary>
    public void Compute(IndexedBatch train, IndexedBatch valid)
    {
        var rate = learner.Dense.LearningRate;
        learner.Tape.UpdatesStatistics = false;
        Gradients(train);
        trainStep.Take();
        trainStep.Move(-rate);
        Gradients(valid);
        AddTo(gradient, 1, replace: true);
        validStep.Take();
        trainStep.Restore();
        var reach = Reach / Math.Max(validStep.Norm, 1e-12);
        validStep.Remember();
        foreach (var sign in (ReadOnlySpan<int>)[1, -1])
        {
            validStep.Move(sign * reach);
            Gradients(train);
            AddTo(gradient, -sign * rate / (2 * reach), replace: false);
            validStep.Restore();
        }

        learner.Tape.UpdatesStatistics = true;
        learner.Dense.DropGradients();
        embedding.Alpha.EnsureGradient();
        for (var i = 0; i < gradient.Length; i++) SetGradient(i, gradient[i]);
    }

    public void Dispose()
    {
        trainStep.Dispose();
        validStep.Dispose();
    }

    private void Gradients(IndexedBatch batch)
    {
        embedding.Alpha.DropGradient();
        learner.Gradients(batch);
    }

    private unsafe void AddTo(double[] sum, double scale, bool replace)
    {
        for (var i = 0; i < sum.Length; i++) sum[i] = (replace ? 0 : sum[i]) + (scale * embedding.Alpha.Gradient[i]);
    }

    private unsafe void SetGradient(int i, double value) => embedding.Alpha.Gradient[i] = (Real)value;

    /// <summary>A gradient over dense weights and the rows a pass touched, with the weights as they stood.</summary>
    private sealed unsafe class Direction(Learner learner) : IDisposable
    {
        private readonly List<(nint Weights, int Length)> places = [];
        private NativeBuffer<Real> values = new(1), before = new(1);
        private long length;

        public double Norm
        {
            get
            {
                var sum = 0.0;
                for (var i = 0L; i < length; i++) sum += (double)values[i] * values[i];
                return Math.Sqrt(sum);
            }
        }

        /// <summary>Copies the gradients of the pass just made, and the weights they belong to.</summary>
        public void Take()
        {
            places.Clear();
            length = 0;
            for (var i = 0; i < learner.Dense.Parameters.Count; i++)
            {
                var parameter = learner.Dense.Parameters[i];
                if (parameter.HasGradient) Add(parameter.Value, parameter.Gradient, (int)parameter.Length);
            }

            for (var i = 0; i < learner.Lookups.Count; i++)
            {
                var lookup = learner.Lookups[i];
                if (!lookup.Vectors.HasGradient) continue;
                var table = learner.Model.Tables[lookup.Table];
                for (var u = 0; u < lookup.Vectors.Rows; u++) Add(table.Row(lookup.Rows[u]), lookup.Vectors.GradientRow(u), table.Dim);
            }

            Remember();
        }

        /// <summary>Notes the weights as they stand now.</summary>
        public void Remember()
        {
            if (before.Length < values.Length)
            {
                before.Dispose();
                before = new NativeBuffer<Real>(values.Length);
            }

            var position = 0L;
            foreach (var (weights, count) in places)
            {
                Buffer.MemoryCopy((void*)weights, before.Pointer + position, count * sizeof(Real), count * sizeof(Real));
                position += count;
            }
        }

        /// <summary>W += scale · gradient.</summary>
        public void Move(double scale)
        {
            var position = 0L;
            foreach (var (weights, count) in places)
            {
                VectorKernels.AddScaled((Real*)weights, (Real)scale, values.Pointer + position, count);
                position += count;
            }
        }

        /// <summary>The weights as noted.</summary>
        public void Restore()
        {
            var position = 0L;
            foreach (var (weights, count) in places)
            {
                Buffer.MemoryCopy(before.Pointer + position, (void*)weights, count * sizeof(Real), count * sizeof(Real));
                position += count;
            }
        }

        public void Dispose()
        {
            values.Dispose();
            before.Dispose();
        }

        private void Add(Real* weights, Real* gradient, int count)
        {
            if (length + count > values.Length)
            {
                var larger = new NativeBuffer<Real>(Math.Max(length + count, 2 * values.Length));
                Buffer.MemoryCopy(values.Pointer, larger.Pointer, larger.Bytes, length * sizeof(Real));
                values.Dispose();
                values = larger;
            }

            Buffer.MemoryCopy(gradient, values.Pointer + length, count * sizeof(Real), count * sizeof(Real));
            places.Add(((nint)weights, count));
            length += count;
        }
    }
}
