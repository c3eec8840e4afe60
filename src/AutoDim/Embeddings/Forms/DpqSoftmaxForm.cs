using AutoDim.Autograd;
using AutoDim.Numerics;

namespace AutoDim.Embeddings.Forms;

/// <summary>
/// Differentiable product quantisation by softmax (DPQ-SX, Chen et al., ICML 2020): a code is that of the key whose inner product with the value's query
/// is largest, the products normalised over the batch's distinct values (BatchNorm without scale and shift); the centroids are not the keys.
/// </summary>
public sealed record DpqSoftmaxForm(long Groups, long Centroids) : CodedForm(Groups, Centroids)
{
    public const string Name = "dpqsx";

    private protected override string FormName => Name;

    public override long Parameters(long rows, int dim) => (rows + (2 * Centroids)) * dim;

    /// <summary>Keys start so that a response has a variance of one, well above BatchNorm's ε.</summary>
    internal override QueryRows Learned(in ComposedField field, EmbeddingTable queries, Parameter centroids, VectorGroups groups)
    {
        var deviation = 1 / (field.Deviation * Math.Sqrt((double)groups.Dim / groups.Count));
        var (owner, responses) = (field.Owner, groups.Count * (int)Centroids);
        return new LargestRows(
            queries,
            owner.AddParameter(Parameter.Normal(field.Name + ".keys", (int)Centroids, field.Dim, deviation, field.Random)),
            centroids,
            groups,
            owner.AddStatistic(Parameter.Constant(field.Name + ".responses.mean", 1, responses)),
            owner.AddStatistic(Parameter.Constant(field.Name + ".responses.variance", 1, responses, 1)),
            field.Set.Pool);
    }

    private sealed unsafe class LargestRows(EmbeddingTable queries, Parameter keys, Parameter centroids, VectorGroups groups, Parameter mean, Parameter variance, WorkerPool pool) : QueryRows(queries)
    {
        private const int RowsPerPass = 1024;

        /// <summary>In passes like those that score, so that codes are the very ones that were scored with.</summary>
        public override void Encode(EmbeddingTable numbers, EmbeddingTable codes)
        {
            using var tape = new Tape(pool, 0) { IsTraining = false };
            var row = stackalloc byte[groups.Count];
            for (var first = 0L; first < numbers.Rows; first += RowsPerPass)
            {
                tape.Reset();
                var responses = Responses(tape, tape.NewConstant((int)Math.Min(RowsPerPass, numbers.Rows - first), groups.Dim, numbers.Row(first)));
                for (var u = 0; u < responses.Rows; u++)
                {
                    for (var g = 0; g < groups.Count; g++) row[g] = (byte)ChosenCentroids.Largest(responses.Row(u), keys.Rows, g);
                    codes.Codes!.Write(codes.Packed.Pointer, first + u, row);
                }
            }
        }

        protected override Tensor Quantise(Tape tape, Tensor queries, DistinctRows rows) => ChosenCentroids.Apply(tape, Responses(tape, queries), centroids, groups);

        private Tensor Responses(Tape tape, Tensor queries) => BatchNorm.Apply(tape, GroupResponses.Apply(tape, queries, keys, groups), null, null, mean, variance, relu: false);
    }
}
