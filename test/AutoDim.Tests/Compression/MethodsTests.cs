using AutoDim.Compression;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;
using AutoDim.Models;
using AutoDim.Search.AutoDim;
using AutoDim.Tests.Support;
using AutoDim.Training;

namespace AutoDim.Tests.Compression;

public sealed class MethodsTests : IDisposable
{
    private readonly ToyMethods toy = new();

    private MethodContext Context => toy.Context;

    public void Dispose() => toy.Dispose();

    public static TheoryData<string> Names => [.. MethodCatalog.All.Select(entry => entry.Name)];

    [Theory, MemberData(nameof(Names))]
    public void Plan_AnyBudget_KeepsToItOrIsNone(string name)
    {
        var method = MethodCatalog.Find(name).Create(Context, new AutoDimOptions());
        var whole = Context.Bytes(EmbeddingPlan.Uniform(Context.Fields, ToyMethods.FullDim));
        foreach (var storage in Enum.GetValues<RowStorage>())
        {
            foreach (var projection in (Projection[])[Projection.Linear, Projection.ZeroPadding])
            {
                foreach (var share in (double[])[1, 0.8, 0.5, 0.35])
                {
                    var plan = method.Plan(new PlanRequest((long)(share * whole), projection, storage));
                    if (plan == null) continue;
                    Context.Bytes(plan).ShouldBeLessThanOrEqualTo((long)(share * whole));
                    plan.Check(Context.FoldedFields(plan.MinCounts));
                    plan.Fields.ShouldAllBe(field => field.Dim <= ToyMethods.FullDim);
                    if (!name.EndsWith("-mixed", StringComparison.Ordinal)) plan.Fields.ShouldAllBe(field => field.Storage == storage);
                }

                method.Plan(new PlanRequest(whole, projection, storage)).ShouldNotBeNull();
                method.Plan(new PlanRequest(8, projection, storage)).ShouldBeNull();
            }
        }
    }

    /// <summary>Few bits are for methods that round in training, and a method that mixes storages has the finer ones' plans in its coarsest request.</summary>
    [Theory]
    [InlineData("uniform", "Int8, Int4"), InlineData("rounded", "Int8, Int4, Int3, Int2"), InlineData("measured-mixed", "Int4"), InlineData("measured-blocks-mixed", "Int2")]
    public void Asked_StoragesOfAGoal_ThoseThatSuitTheMethod(string method, string asked)
        => string.Join(", ", MethodCatalog.Find(method).Asked([RowStorage.Int8, RowStorage.Int4, RowStorage.Int3, RowStorage.Int2])).ShouldBe(asked);

    [Fact]
    public void Names_InHelpTexts_AreTheCatalogues() => MethodCatalog.Names.ShouldBe(string.Join(", ", MethodCatalog.All.Select(entry => entry.Name)));

    [Fact]
    public void Uniform_Budget_IsTheLargestDimensionThatFits()
    {
        Context.Bytes(EmbeddingPlan.Uniform(Context.Fields, 5)).ShouldBe(25 * 6 * 4);
        Dims(new UniformMethod(Context), 25 * 6 * 4).ShouldBe([5, 5, 5, 5]);
        Dims(new UniformMethod(Context), (25 * 6 * 4) - 1).ShouldBe([4, 4, 4, 4]);
    }

    [Fact]
    public void Random_Budget_TriesPlansAndTakesTheBest()
    {
        var plan = new RandomMethod(Context).Plan(Request(500))!;
        toy.Tried.Count.ShouldBeGreaterThan(1);
        plan.Parameters.ShouldBe(toy.Tried.Max(tried => tried.Parameters)); // what the toy's trials tell
    }

    /// <summary>The paper's formula, d = λ n^−α, worked out by hand for fields of 100, 400 and 1,600 values.</summary>
    [Theory, InlineData(0.0, new[] { 8, 8, 8 }), InlineData(0.5, new[] { 16, 8, 4 }), InlineData(1.0, new[] { 32, 8, 2 })]
    public void Mde_Temperature_DimensionsGoWithThePowerOfTheValues(double temperature, int[] expected)
    {
        Field[] fields = [new("small", 100), new("middle", 400), new("large", 1600)];
        var context = new MethodContext
        {
            Fields = fields,
            Train = toy.Data.Train,
            Valid = toy.Data.Valid,
            LinearRow = LinearRow.None,
            FullDim = 64,
            Candidates = [2],
            Training = toy.Training,
            TableL2 = 0,
            LoadFull = toy.Load,
            NewModel = _ => throw new InvalidOperationException(),
            KeepMask = _ => throw new InvalidOperationException(),
            CountRows = () => throw new InvalidOperationException(),
            FoldedFields = _ => fields,
            FoldedCounts = (_, _) => throw new InvalidOperationException(),
            Search = _ => throw new InvalidOperationException(),
            Try = _ => 0,
            Measured = (_, _) => { },
        };
        var bytes = 4 * fields.Zip(expected, (field, dim) => field.Rows * dim).Sum();
        new MdeMethod(context, temperature).Plan(new PlanRequest(bytes, Projection.ZeroPadding, RowStorage.Float32))!.Fields.Select(field => field.Dim).ShouldBe(expected);
    }

    [Fact]
    public void Basis_Approximation_LeavesTheErrorItTells()
    {
        using var model = toy.Load();
        for (var m = 0; m < Context.Fields.Count; m++)
        {
            var (table, counts) = (model.VectorTable(Context.Fields[m].Name), Context.Counts[m]);
            for (var dim = 0; dim <= ToyMethods.FullDim; dim++)
            {
                using var approximated = toy.Load();
                var changed = approximated.VectorTable(Context.Fields[m].Name);
                var basis = FieldBasis.Of(table, counts);
                basis.Approximate(changed, dim);
                var error = Enumerable.Range(0, (int)table.Rows).Sum(row => counts[row] * Squared(table, changed, row)) / counts.Sum();
                error.ShouldBe(basis.Error(dim), 1e-5);
            }
        }
    }

    /// <summary>One field of one direction, one whose vectors are all the same: the first needs one dimension, the second none.</summary>
    [Fact]
    public void Spectral_TablesOfKnownRank_DimensionsAreTheRanks()
    {
        var context = Filled((field, row, k) => field switch { "user" => (row - 5) * (k + 1) * 0.1, "item" => 0.7, _ => Math.Sin((row * 1.7) + (k * 2.3) + (row * k)) });
        Dims(new SpectralMethod(context), 720, Projection.ZeroPadding)[..2].ShouldBe([1, 0]);
    }

    [Fact]
    public void Pruning_ColumnsOfKnownSize_TheLargestStay()
    {
        var context = Filled((field, _, k) => field == "item" ? 10 - k : field == "user" && k < 2 ? 5.5 : 0.001);
        var dims = Dims(new PruningMethod(context), (4 * 25) + (4 * 7 * 5) + (4 * 11 * 2), Projection.ZeroPadding);
        dims.ShouldBe([2, 5, 0, 0]);
    }

    /// <summary>The gradient of a mask by differences of the loss, with a column scaled a little up and down.</summary>
    [Fact]
    public unsafe void Sseds_MaskGradients_AreThoseOfTheLoss()
    {
        using var model = toy.Load();
        using var learner = new Learner(model, toy.Training with { BatchSize = 500 });
        var gradients = SsedsMethod.MaskGradients(learner, Context.Valid, TestContext.Current.CancellationToken);
        foreach (var (m, k) in ((int, int)[])[(0, 0), (1, 3), (2, 7), (3, 1)])
        {
            const double Step = 0.02;
            double Loss(double scale)
            {
                using var scaled = toy.Load();
                var table = scaled.VectorTable(Context.Fields[m].Name);
                for (var row = 0L; row < table.Rows; row++) table.Row(row)[k] *= (Real)scale;
                using var changed = new Learner(scaled, toy.Training with { BatchSize = 500 });
                var sampler = new BatchSampler(Context.Valid, 500, changed.Options.Seed);
                var sum = 0.0;
                while (sampler.TryNext(changed.Input.Batch)) sum += changed.Gradients(changed.Input);
                return sum;
            }

            gradients[m][k].ShouldBe((Loss(1 + Step) - Loss(1 - Step)) / (2 * Step), 2e-3 + (0.03 * Math.Abs(gradients[m][k])));
        }
    }

    /// <summary>The flag tells nothing and the tags little: where room is short, their bytes go first.</summary>
    [Fact]
    public void Measured_FieldWithoutSignal_LosesItsBytesFirst()
    {
        var dims = Dims(new MeasuredMethod(Context, folds: false), 500, Projection.ZeroPadding);
        dims[3].ShouldBeLessThanOrEqualTo(1);
        dims[0].ShouldBeGreaterThan(dims[3]);
        dims[1].ShouldBeGreaterThan(dims[3]);
    }

    /// <summary>Users from 32 on say nothing and occur seldom: their rows go before any dimension of the others, and the plan says from which count on.</summary>
    [Fact]
    public void MeasuredFolding_RareValuesWithoutSignal_ShareARow()
    {
        using var rare = new ToyMethods(rareUsers: 200);
        var whole = rare.Context.Bytes(EmbeddingPlan.Uniform(rare.Context.Fields, ToyMethods.FullDim));
        var plan = new MeasuredMethod(rare.Context, folds: true).Plan(Request(whole / 8))!;
        plan.Fields[0].MinCount.ShouldBeGreaterThan(1);
        plan.Fields[0].Rows.ShouldBeInRange(8, 100);
        plan.Fields[0].Dim.ShouldBeGreaterThan(0);
        rare.Context.Bytes(plan).ShouldBeLessThanOrEqualTo(whole / 8);
        var folding = new FoldingMethod(rare.Context).Plan(Request(whole / 8))!;
        folding.Fields.Select(field => field.Dim).ShouldBe([8, 8, 8, 8]);
        folding.Fields[0].Rows.ShouldBeLessThan(40);
    }

    /// <summary>
    /// 400 users say nothing and occur seldom: where they may not share a row, popular users keep more numbers than they do. The mask follows how often rows occur, and the bytes are those of the form.
    /// </summary>
    [Theory, InlineData(RowStorage.Float32, false), InlineData(RowStorage.Float16, false), InlineData(RowStorage.Int8, false), InlineData(RowStorage.Float32, true), InlineData(RowStorage.Int8, true)]
    public void Blocks_RareValuesWithoutSignal_HaveFewerDimensions(RowStorage storage, bool searched)
    {
        using var rare = new ToyMethods(rareUsers: 400);
        var method = searched ? BlocksMethod.Searched(rare.Context) : BlocksMethod.Measured(rare.Context, folds: false);
        var whole = rare.Context.Bytes(EmbeddingPlan.Uniform(rare.Context.Fields, ToyMethods.FullDim).Stored(storage));
        foreach (var share in (double[])[0.7, 0.5, 0.3])
        {
            var request = new PlanRequest((long)(share * whole), Projection.ZeroPadding, storage);
            var plan = method.Plan(request)!;
            rare.Context.Bytes(plan).ShouldBeInRange((long)(0.5 * request.Budget), request.Budget);
            var form = plan.Fields[0].Form.ShouldBeOfType<PrefixForm>();
            using var mask = rare.MaskOf(plan, 0);
            var kept = Enumerable.Range(0, (int)mask.Rows).Select(row => CountOf(mask, row)).ToArray();
            kept.Max().ShouldBe(plan.Fields[0].Dim);
            var counts = rare.Context.Counts[0];
            var ordered = Enumerable.Range(0, kept.Length).OrderByDescending(row => counts[row]).Select(row => kept[row]).ToArray();
            ordered.ShouldBe(ordered.OrderDescending());
            ordered[0].ShouldBeGreaterThan(ordered[^1]);
            form.Prefixes.Sum(prefix => prefix.Rows).ShouldBe(kept.LongCount(dim => dim > 0));
        }

        rare.Measured.Done.ShouldBe(rare.Measured.Total);
    }

    /// <summary>Popular users have more or finer numbers than those that say nothing, no coarser ones than asked for, and all within the bytes; with one storage alone it is the plan of measured-blocks.</summary>
    [Theory, InlineData(RowStorage.Int2), InlineData(RowStorage.Int3), InlineData(RowStorage.Int8), InlineData(RowStorage.Float16)]
    public void BlocksMixed_RareValuesWithoutSignal_HaveFewerAndCoarserNumbers(RowStorage storage)
    {
        using var rare = new ToyMethods(rareUsers: 400);
        var method = BlocksMethod.Mixed(rare.Context, folds: false);
        var whole = rare.Context.Bytes(EmbeddingPlan.Uniform(rare.Context.Fields, ToyMethods.FullDim).Stored(storage));
        var hasMixed = false;
        foreach (var share in (double[])[0.9, 0.7, 0.5])
        {
            var request = new PlanRequest((long)(share * whole), Projection.ZeroPadding, storage);
            var plan = method.Plan(request)!;
            rare.Context.Bytes(plan).ShouldBeLessThanOrEqualTo(request.Budget);
            RowStorage[] allowed = storage switch { RowStorage.Int2 => [RowStorage.Int2, RowStorage.Int3, RowStorage.Int4, RowStorage.Int8], RowStorage.Int3 => [RowStorage.Int3, RowStorage.Int4, RowStorage.Int8], _ => [storage] };
            foreach (var item in plan.Fields)
            {
                allowed.ShouldContain(item.Storage);
                if (item.Form is not PrefixForm { Prefixes: var prefixes } || prefixes[0].Storage == null) continue;
                hasMixed = true;
                prefixes.Select(prefix => allowed.IndexOf(prefix.Storage!.Value)).ShouldBe(prefixes.Select(prefix => allowed.IndexOf(prefix.Storage!.Value)).OrderDescending());
                prefixes.ShouldAllBe(prefix => allowed.Contains(prefix.Storage!.Value));
                prefixes[^1].Storage.ShouldBe(item.Storage);
            }

            plan.Fields[0].Form.ShouldBeOfType<PrefixForm>();
            using var mask = rare.MaskOf(plan, 0);
            CountOf(mask, 0).ShouldBeGreaterThan(CountOf(mask, (int)mask.Rows - 1));
            plan.Rounded.Unrounded?.Fields.Select(item => (item.Dim, item.MinCount)).ShouldBe(plan.Fields.Select(item => (item.Dim, item.MinCount)));
        }

        hasMixed.ShouldBe(storage is RowStorage.Int2 or RowStorage.Int3);
        rare.Measured.Done.ShouldBe(rare.Measured.Total);
    }

    /// <summary>Among one storage alone the plan is the one of measured-folding; among several each field has one of those, within the bytes.</summary>
    [Fact]
    public void Measured_AmongStorages_OneAloneIsMeasuredFolding()
    {
        var requested = Context.Bytes(EmbeddingPlan.Uniform(Context.Fields, ToyMethods.FullDim).Stored(RowStorage.Int4));
        var request = new PlanRequest(requested + 60, Projection.Linear, RowStorage.Int4);
        var context = Context;
        var measured = new MeasuredMethod(context, folds: true, storages: [RowStorage.Int8, RowStorage.Int4]);
        var (alone, mixed) = (measured.Plan(request, [RowStorage.Int4])!, measured.Plan(request, [RowStorage.Int8, RowStorage.Int4])!);
        alone.Fields.Select(field => (field.Dim, field.MinCount)).ShouldBe(new MeasuredMethod(context, folds: true).Plan(request)!.Fields.Select(field => (field.Dim, field.MinCount)));
        alone.Fields.ShouldAllBe(field => field.Storage == RowStorage.Int4);
        mixed.Fields.ShouldAllBe(field => field.Storage == RowStorage.Int8 || field.Storage == RowStorage.Int4);
        context.Bytes(mixed).ShouldBeLessThanOrEqualTo(request.Budget);
    }

    /// <summary>The plan of one storage is tried beside the mixed one, and the better on validation is the answer.</summary>
    [Fact]
    public void MeasuredMixed_OneStorageBetterOnValidation_IsTheAnswer()
    {
        var whole = Context.Bytes(EmbeddingPlan.Uniform(Context.Fields, ToyMethods.FullDim));
        var request = new PlanRequest(whole / 5, Projection.Linear, RowStorage.Int4);
        bool IsMixed(EmbeddingPlan plan) => plan.Fields.Select(field => field.Storage).Distinct().Count() > 1;
        var preferring = new[] { true, false }.Select(mixed => MethodCatalog.Find("measured-mixed").Create(With(plan => IsMixed(plan) == mixed ? 1 : 0), new AutoDimOptions()).Plan(request)!).ToArray();
        preferring.Select(IsMixed).ShouldBe([true, false]);
        preferring.ShouldAllBe(plan => Context.Bytes(plan) <= request.Budget && plan.Fields.All(field => field.Storage != RowStorage.Int2));
    }

    private static PlanRequest Request(long bytes, Projection projection = Projection.Linear) => new(bytes, projection, RowStorage.Float32);

    private static int[] Dims(ICompressionMethod method, long bytes, Projection projection = Projection.Linear) => [.. method.Plan(Request(bytes, projection))!.Fields.Select(field => field.Dim)];

    private static unsafe double Squared(EmbeddingTable first, EmbeddingTable second, long row)
        => Enumerable.Range(0, first.Dim).Sum(k => Math.Pow(first.Row(row)[k] - second.Row(row)[k], 2));

    private static unsafe int CountOf(RowMask mask, long row) => RowMask.Count(mask.Row(row), mask.RowBytes);

    /// <summary>The toy's context where trials tell what is given.</summary>
    private MethodContext With(Func<EmbeddingPlan, double> tried) => new()
    {
        Fields = Context.Fields,
        Train = Context.Train,
        Valid = Context.Valid,
        LinearRow = Context.LinearRow,
        FullDim = Context.FullDim,
        Candidates = Context.Candidates,
        Training = Context.Training,
        TableL2 = Context.TableL2,
        LoadFull = Context.LoadFull,
        NewModel = Context.NewModel,
        KeepMask = Context.KeepMask,
        Search = Context.Search,
        Try = tried,
        CountRows = Context.CountRows,
        FoldedFields = Context.FoldedFields,
        FoldedCounts = Context.FoldedCounts,
        Measured = Context.Measured,
    };

    /// <summary>The toy's context with a full model of given numbers.</summary>
    private MethodContext Filled(Func<string, long, int, double> number) => new()
    {
        Fields = Context.Fields,
        Train = Context.Train,
        Valid = Context.Valid,
        LinearRow = LinearRow.Weight,
        FullDim = ToyMethods.FullDim,
        Candidates = [1],
        Training = toy.Training,
        TableL2 = 0,
        NewModel = Context.NewModel,
        KeepMask = Context.KeepMask,
        LoadFull = () => Fill(toy.Load(), number),
        CountRows = () => Context.Counts,
        FoldedFields = Context.FoldedFields,
        FoldedCounts = Context.FoldedCounts,
        Search = _ => throw new InvalidOperationException(),
        Try = _ => 0,
        Measured = (_, _) => { },
    };

    private static unsafe CtrModel Fill(CtrModel model, Func<string, long, int, double> number)
    {
        foreach (var field in model.Fields)
        {
            var table = model.VectorTable(field.Name);
            for (var row = 0L; row < table.Rows; row++)
            {
                for (var k = 0; k < table.Dim; k++) table.Row(row)[k] = (Real)number(field.Name, row, k);
            }
        }

        return model;
    }
}
