using AutoDim.Autograd;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;
using AutoDim.Numerics;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Embeddings;

/// <summary>Central differences of every operation on field vectors by itself; vectors are shared by samples or one for each.</summary>
public sealed unsafe class VectorOperationGradientTests : IDisposable
{
    private const int Samples = 10;
    private readonly OperationProbe probe = new();

    public void Dispose() => probe.Dispose();

    [Fact]
    public void Concatenate_DimensionsThatDiffer_EqualsCentralDifference()
    {
        var vectors = Vectors(2, 5, 1);
        probe.Check(() => probe.Tape.Concatenate(vectors));
    }

    [Fact]
    public void FactorizationMachine_ThreeFields_EqualsCentralDifference()
    {
        var vectors = Vectors(4, 4, 4);
        probe.Check(() => probe.Tape.FactorizationMachine(vectors));
    }

    [Fact]
    public void BiInteraction_ThreeFields_EqualsCentralDifference()
    {
        var vectors = Vectors(4, 4, 4);
        probe.Check(() => probe.Tape.BiInteraction(vectors));
    }

    [Fact]
    public void SumFields_ThreeFields_EqualsCentralDifference()
    {
        var vectors = Vectors(1, 1, 1);
        probe.Check(() => probe.Tape.SumFields(vectors));
    }

    [Fact]
    public void PoolValues_NoneToThreeValues_EqualsCentralDifference()
    {
        var field = new Field("tags", 6, MultiValued: true);
        var batch = probe.Own(new Batch([field], Samples));
        SmallData.Fill(batch, [field], Samples, 3);
        var distinct = probe.Own(new DistinctRows(field.Rows, Samples));
        distinct.Build(batch.Columns[0], Samples);
        var vectors = probe.Input("vectors", distinct.Count, 3);
        probe.Check(() => PoolValues.Apply(probe.Tape, vectors, 0, distinct, Samples));
    }

    [Fact]
    public void MapFields_LinearPaddingAndIdentity_EqualsCentralDifference()
    {
        var vectors = Vectors(2, 3, 4);
        FieldMap?[] maps = [NewMap(2, 4), null, null];
        var mapped = new FieldVectors(Samples, new FieldVector[3]);
        probe.Check(() =>
        {
            MapFields.Apply(probe.Tape, vectors.Fields, maps, 4, mapped.Fields);
            return probe.Tape.Concatenate(mapped);
        });
    }

    [Fact]
    public void FoldMaps_LinearPaddingAndIdentity_EqualsCentralDifference()
    {
        var unmapped = Vectors(2, 3, 4);
        FieldMap?[] maps = [NewMap(2, 4), null, null];
        Parameter layer = probe.Input("layer", 3 * 4, 5), layerBias = probe.Input("layerBias", 1, 5);
        var mapped = new FieldVectors(Samples, new FieldVector[3], maps, unmapped);
        probe.Check(() =>
        {
            MapFields.Apply(probe.Tape, unmapped.Fields, maps, 4, mapped.Fields);
            var (weight, bias) = FoldMaps.Apply(probe.Tape, mapped, layer, layerBias);
            return probe.Tape.Linear(probe.Tape.Concatenate(unmapped), weight, bias);
        });
    }

    [Theory, InlineData(true), InlineData(false)]
    public void PoolSequence_NoneToThreeEntries_EqualsCentralDifference(bool weighted)
    {
        var vectors = WithHistory(3);
        var weights = weighted ? probe.Input("weights", vectors.EntryCount(0), 1) : null;
        probe.Check(() => probe.Tape.PoolSequence(vectors, 0, weights));
    }

    [Fact]
    public void TargetLinear_NoneToThreeEntries_EqualsCentralDifference()
    {
        var vectors = WithHistory(3);
        Parameter target = probe.Input("target", 3, 5), entry = probe.Input("entry", 3, 5), product = probe.Input("product", 3, 5), bias = probe.Input("bias", 1, 5);
        var readout = probe.Input("readout", 5, 1);
        probe.Check(() => probe.Tape.PoolSequence(vectors, 0, probe.Tape.Linear(probe.Tape.TargetLinear(vectors, 0, target, entry, product, bias), readout)));
    }

    /// <summary>Matrices of (2, 3), (3, 5 · 2) and (2, 4), of which values share some.</summary>
    [Fact]
    public void TensorTrainProducts_SharedDigits_EqualsCentralDifference()
    {
        (Tensor Matrices, DistinctRows Rows) Core(string name, int columns, params long[] digits)
        {
            var rows = probe.Own(new DistinctRows(6, digits.Length));
            rows.Begin(digits.Length);
            fixed (long* source = digits) rows.Add(0, source, digits.Length);
            return (probe.Input(name, rows.Count, columns), rows);
        }

        var a = Core("a", 2 * 3, 0, 1, 0, 1, 2, 0, 1, 1);
        var b = Core("b", 3 * 5 * 2, 2, 0, 2, 1, 0, 2, 2, 4);
        var c = Core("c", 2 * 4, 5, 5, 0, 5, 3, 3, 1, 5);
        probe.Check(() => TensorTrainProducts.Apply(probe.Tape, a, b, c, 3, 2));
    }

    /// <summary>One field whose samples and histories share distinct rows.</summary>
    private FieldVectors WithHistory(int dim)
    {
        Field[] fields = [new("item", 7) { Sequences = [new Sequence("history", 3)] }];
        var batch = probe.Own(new Batch(fields, Samples));
        SmallData.Fill(batch, fields, Samples, 3);
        var distinct = probe.Own(new DistinctRows(7, Samples));
        distinct.Build(batch.Columns[0], Samples);
        return new FieldVectors(Samples, [new FieldVector(0, probe.Input("vectors", distinct.Count, dim), (nint)distinct.Positions)], sequences:
            [new SequenceEntries(0, 0, (nint)(distinct.Positions + Samples), Samples, (nint)batch.Columns[0].Sequences[0].Offsets!.Pointer)]);
    }

    private FieldMap NewMap(int rows, int columns) => new(probe.Input("map.weight", rows, columns), probe.Input("map.bias", 1, columns));

    /// <summary>Fields of these dimensions; the first has a vector for each sample, the others few that samples share.</summary>
    private FieldVectors Vectors(params int[] dims) => new(Samples, [.. dims.Select((dim, m) =>
    {
        if (m == 0) return new FieldVector(m, probe.Input("own", Samples, dim), 0);
        var positions = probe.Own(new NativeBuffer<int>(Samples));
        for (var i = 0; i < Samples; i++) positions[i] = (i * (m + 2)) % 4;
        return new FieldVector(m, probe.Input($"shared{m}", 4, dim), (nint)positions.Pointer);
    })]);
}
