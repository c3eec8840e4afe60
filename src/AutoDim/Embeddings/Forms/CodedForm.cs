using AutoDim.Autograd;

namespace AutoDim.Embeddings.Forms;

/// <summary>
/// Product quantisation: a vector is cut into groups, each of which is one of K centroids, so that a value's row is a code for each group. While it
/// trains every value has a query, a row of numbers that decides its codes; what is deployed is the codes, packed, and the centroids.
/// </summary>
/// <param name="Groups">Codes of a value; a vector of fewer numbers has one for each.</param>
/// <param name="Centroids">K, 2 to 256, for each group its own; always kept in float32.</param>
public abstract record CodedForm(long Groups, long Centroids) : RowForm
{
    private const int MostCentroids = 256;

    /// <summary>What follows a field's name in that of its centroids.</summary>
    internal const string CentroidsName = ".centroids";

    public long Centroids { get; } = Centroids is >= 2 and <= MostCentroids ? Centroids : throw new AutoDimException($"a form has {Centroids} centroids; expected 2 to {MostCentroids}");

    public override string Text => FormattableString.Invariant($"{FormName}:{Groups}:{Centroids}");

    public override long Parameters(long rows, int dim) => (rows + Centroids) * dim;

    public sealed override long Bytes(long rows, int dim, RowStorage storage) => CodesOf(rows, GroupsOf(dim).Count).Bytes + (Centroids * dim * sizeof(float));

    internal sealed override bool IsAsTrained => false;

    /// <summary>What the form's text starts with.</summary>
    private protected abstract string FormName { get; }

    /// <summary>How the codes of so many rows lie packed.</summary>
    internal virtual RowCodes CodesOf(long rows, int groups) => new EqualCodes(rows, groups, RowCodes.BitsOf(Centroids));

    internal sealed override ComposedRows Create(in ComposedField field)
    {
        var groups = GroupsOf(field.Dim);
        var (owner, rows) = (field.Owner, field.Rows);
        var centroids = owner.AddParameter(Parameter.Normal(field.Name + CentroidsName, (int)Centroids, field.Dim, field.Deviation, field.Random));
        if (field.Set.IsDeployed) return new CodedRows(owner.AddTable(field.Set, field.Field, field.Name + ".codes", rows, groups.Count, 0, field.Random, codes: CodesOf(rows, groups.Count)), centroids, groups);
        var queries = owner.AddTable(field.Set, field.Field, field.Name + ".queries", rows, field.Dim, field.Deviation, field.Random);
        var learned = Learned(field, queries, centroids, groups);
        queries.Coder = learned;
        return learned;
    }

    /// <summary>The rows while they train.</summary>
    internal abstract QueryRows Learned(in ComposedField field, EmbeddingTable queries, Parameter centroids, VectorGroups groups);

    private VectorGroups GroupsOf(int dim) => new(dim, (int)Math.Min(Groups, dim));

    private sealed class CodedRows(EmbeddingTable codes, Parameter centroids, VectorGroups groups) : ComposedRows
    {
        public override Tensor Lookup(Tape tape, IndexedBatch input) => GroupCentroids.Apply(tape, Rows(tape, input, codes), centroids, groups);
    }
}
