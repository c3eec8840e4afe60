using AutoDim.Autograd;
using AutoDim.Numerics;

namespace AutoDim.Embeddings.Optimizers;

/// <summary>The table optimiser for one rule: dense over all rows, or lazy over the rows of the batch.</summary>
internal sealed unsafe class TableOptimizer<TRule> : TableOptimizer
    where TRule : struct, IRowRule
{
    private const int RowsPerChunk = 1024;

    /// <summary>Rows up to this dimension are joined to so many numbers in a dense update.</summary>
    private const int ShortRow = 4, JoinedNumbers = 64;

    private readonly TableSet set;
    private readonly Real l2;
    private readonly double weightDecay;
    private readonly NativeBuffer<Real>[] state;
    private readonly NativeBuffer<int>[] lastSteps;
    private readonly NativeBuffer<int>[] touched;
    private readonly List<(int Table, long First, long Last)> chunks = [];
    private readonly double[] partialNorms;
    private readonly List<TRule> recent = [];

    /// <summary>Of tables whose rows are packed while they learn, what their chance in a step is drawn by.</summary>
    private readonly ulong[] roundings;
    private IReadOnlyList<TableLookup> lookups = [];
    private IndexedBatch input = null!;
    private TRule rule = new();
    private Real scale;

    public TableOptimizer(TableSet set, TableOptimizerOptions options)
    {
        this.set = set;
        l2 = (Real)options.L2;
        weightDecay = options.WeightDecay;
        LearningRate = options.LearningRate;
        var storesPacked = set.Tables.Any(table => table.Learns);
        if (storesPacked && options.Dense == true) throw new AutoDimException("rows that are stored in few bits while they train are rounded whenever they move, which a dense update would do to every row in every step; leave out --table-dense");
        IsDense = !storesPacked && options.IsDense(set.Parameters);
        roundings = [.. set.Tables.Select(table => table.Learns ? Autograd.Parameter.StableHash(table.Name) : 0)];
        state = [.. set.Tables.Select(table => new NativeBuffer<Real>(table.OwnRows * rule.StateWidth(table.Dim), set.Pool.TableFolder))];
        var catchesUp = !IsDense && (options.L2 > 0 || options.WeightDecay > 0);
        lastSteps = catchesUp ? [.. set.Tables.Select(table => new NativeBuffer<int>(table.OwnRows, set.Pool.TableFolder))] : [];
        touched = IsDense ? [.. set.Tables.Select(table => new NativeBuffer<int>(table.OwnRows))] : [];
        foreach (var table in set.Tables)
        {
            for (var first = 0L; first < table.OwnRows; first += RowsPerChunk) chunks.Add((table.Index, first, Math.Min(table.OwnRows, first + RowsPerChunk)));
        }

        partialNorms = new double[Math.Max(chunks.Count, set.Tables.Count)];
    }

    public bool IsDense { get; }

    public override IReadOnlyList<NativeBuffer<Real>> State => state;

    public override int StateWidth(EmbeddingTable table) => rule.StateWidth(table.Dim);

    public override IReadOnlyList<NativeBuffer<int>> LastSteps => lastSteps;

    public override void CatchUp(IndexedBatch input)
    {
        this.input = input;
        if (set.Pool.TableFolder != null && set.Fetching.IsOn) FetchState();
        if (lastSteps.Length == 0) return;
        set.Pool.For(set.Tables.Count, 1, this, static (self, first, last) =>
        {
            for (var t = first; t < last; t++) self.CatchUp(self.set.Tables[t]);
        });
    }

    public override void CatchUp(IReadOnlyList<TableLookup> lookups)
    {
        if (lastSteps.Length == 0) return;
        this.lookups = lookups;
        set.Pool.For(lookups.Count, 1, this, static (self, first, last) =>
        {
            for (var i = first; i < last; i++)
            {
                var lookup = self.lookups[i];
                for (var u = 0; u < lookup.Vectors.Rows; u++) self.CatchUpRow(self.set.Tables[lookup.Table], lookup.Rows[u]);
            }
        });
    }

    public override void CatchUpAll()
    {
        if (lastSteps.Length == 0) return;
        set.Pool.For(chunks.Count, 1, this, static (self, first, last) =>
        {
            for (var c = first; c < last; c++)
            {
                var (index, firstRow, lastRow) = self.chunks[c];
                var table = self.set.Tables[index];
                table.Weights.Fetch(firstRow * table.Dim, (lastRow - firstRow) * table.Dim);
                self.FetchState(table, firstRow, lastRow - firstRow);
                for (var row = firstRow; row < lastRow; row++) self.CatchUpRow(table, row);
            }
        });
        recent.Clear();
    }

    /// <summary>Starts reading the state of the rows of a batch, where it lies in files.</summary>
    private void FetchState()
    {
        set.Pool.For(set.Tables.Count, 1, this, static (self, first, last) =>
        {
            for (var t = first; t < last; t++)
            {
                var table = self.set.Tables[t];
                if (table.Share != null || !(self.state[t].IsInFile || (self.lastSteps.Length > 0 && self.lastSteps[t].IsInFile))) continue;
                var rows = self.input.RowsOf(table);
                for (var u = 0; u < rows.Count; u++)
                {
                    if (u % FetchControl.UnaskedOf > 0) self.FetchState(table, rows.Rows[u], 1);
                }
            }
        });
    }

    private void FetchState(EmbeddingTable table, long firstRow, long rows)
    {
        var width = rule.StateWidth(table.Dim);
        state[table.Index].Fetch(firstRow * width, rows * width);
        if (lastSteps.Length > 0) lastSteps[table.Index].Fetch(firstRow, rows);
    }

    public override double SquaredGradientNorm(IReadOnlyList<TableLookup> lookups)
    {
        this.lookups = lookups;
        set.Pool.For(lookups.Count, 1, this, static (self, first, last) =>
        {
            for (var i = first; i < last; i++) self.partialNorms[i] = self.LookupNorm(self.lookups[i]);
        });
        var (whole, shared) = (0.0, 0.0);
        for (var i = 0; i < lookups.Count; i++) Add(lookups[i].Table, partialNorms[i]);
        if (IsDense && l2 != 0) AddPenalties();
        if (set.HasShared) set.Pool.Ranks.Sum(new Span<double>(ref shared));
        return whole + shared;

        // Of a table that every rank has whole each has the sum; of a shared one, that of its own rows.
        void Add(int table, double norm)
        {
            if (set.Tables[table].Share == null) whole += norm;
            else shared += norm;
        }

        void AddPenalties()
        {
            set.Pool.For(chunks.Count, 4, this, static (self, first, last) =>
            {
                for (var c = first; c < last; c++) self.partialNorms[c] = self.PenaltyNorm(self.chunks[c]);
            });
            for (var c = 0; c < chunks.Count; c++) Add(chunks[c].Table, partialNorms[c]);
        }
    }

    public override void Update(IReadOnlyList<TableLookup> lookups, double gradientScale)
    {
        this.lookups = lookups;
        Step++;
        rule.Begin(Step, LearningRate);
        if (lastSteps.Length > 0) recent.Add(rule);
        scale = (Real)gradientScale;
        set.Pool.For(lookups.Count, 1, this, static (self, first, last) =>
        {
            for (var i = first; i < last; i++) self.UpdateLookup(self.lookups[i]);
        });
        if (!IsDense) return;
        set.Pool.For(chunks.Count, 4, this, static (self, first, last) =>
        {
            for (var c = first; c < last; c++) self.UpdateUntouched(self.chunks[c]);
        });
    }

    /// <summary>The rows of a table that a pass will read: the batch's, or of a shared table those that ranks ask for.</summary>
    private void CatchUp(EmbeddingTable table)
    {
        if (table.Share == null)
        {
            var rows = input.RowsOf(table);
            for (var u = 0; u < rows.Count; u++) CatchUpRow(table, rows.Rows[u]);
            return;
        }

        for (var rank = 0; rank < table.Share.Ranks.Count; rank++)
        {
            foreach (var row in input.Exchange!.AskedFor(table, rank)) CatchUpRow(table, row);
        }
    }

    private Real* StateOf(EmbeddingTable table, long row) => state[table.Index].Pointer + (row * rule.StateWidth(table.Dim));

    private void UpdateLookup(in TableLookup lookup)
    {
        if (!lookup.Vectors.HasGradient) return;
        var table = set.Tables[lookup.Table];
        var width = rule.StateWidth(table.Dim);
        var room = stackalloc Real[table.Dim];
        for (var u = 0; u < lookup.Vectors.Rows; u++)
        {
            if (u + Gather.Ahead < lookup.Vectors.Rows)
            {
                var next = lookup.Rows[u + Gather.Ahead];
                table.Prefetch(next);
                MemoryAdvice.Prefetch(StateOf(table, next), width);
            }

            var row = lookup.Rows[u];
            Real* weight = table.NumbersOf(row, room), gradient = lookup.Vectors.GradientRow(u);
            if (scale != 1 || l2 != 0)
            {
                for (var k = 0; k < table.Dim; k++) gradient[k] = scale * (gradient[k] + (l2 * weight[k]));
            }

            Move(ref rule, table, row, weight, gradient);
            Store(table, row, weight);
            if (IsDense) touched[table.Index][row] = (int)Step;
            else if (lastSteps.Length > 0) lastSteps[table.Index][row] = (int)Step;
        }
    }

    private void UpdateUntouched((int Table, long First, long Last) chunk)
    {
        var table = set.Tables[chunk.Table];
        var joined = TRule.IsElementwise && table.Dim <= ShortRow ? JoinedNumbers / table.Dim : 1;
        var gradient = stackalloc Real[Math.Max(JoinedNumbers, table.Dim)];
        for (var row = chunk.First; row < chunk.Last; row += joined)
        {
            var rows = (int)Math.Min(joined, chunk.Last - row);
            if (IsUntouched(chunk.Table, row, rows))
            {
                Penalty(table, row, rows, gradient);
                MoveJoined(table, row, rows, gradient);
                continue;
            }

            for (var each = row; each < row + rows; each++)
            {
                if (touched[chunk.Table][each] == (int)Step) continue;
                Penalty(table, each, 1, gradient);
                Move(ref rule, table, each, table.Row(each), gradient);
            }
        }
    }

    private bool IsUntouched(int table, long row, int rows) => touched[table].AsSpan(row, rows).IndexOf((int)Step) < 0;

    /// <summary>The scaled gradient of the whole-table L2 for some rows.</summary>
    private void Penalty(EmbeddingTable table, long row, int rows, Real* gradient)
    {
        var count = rows * table.Dim;
        new Span<Real>(gradient, count).Clear();
        if (l2 == 0) return;
        VectorKernels.AddScaled(gradient, l2, table.Row(row), count);
        for (var k = 0; scale != 1 && k < count; k++) gradient[k] *= scale;
    }

    /// <summary>Moves neighbouring rows as one long row, which fills vectors where a row is short; their states are interleaved around it.</summary>
    private void MoveJoined(EmbeddingTable table, long row, int rows, Real* gradient)
    {
        int dim = table.Dim, count = rows * dim, parts = rule.StateWidth(dim) / dim;
        if (rows == 1)
        {
            Move(ref rule, table, row, table.Row(row), gradient);
            return;
        }

        var joined = stackalloc Real[parts * count];
        Real* weight = table.Row(row), own = StateOf(table, row);
        if (weightDecay != 0) VectorKernels.AddScaled(weight, (Real)(-LearningRate * weightDecay), weight, count);
        for (var part = 0; part < parts; part++) CopyLines(own + (part * dim), parts * dim, joined + (part * count), dim, rows, dim);
        rule.Update(weight, gradient, joined, count);
        for (var part = 0; part < parts; part++) CopyLines(joined + (part * count), dim, own + (part * dim), parts * dim, rows, dim);
    }

    private static void CopyLines(Real* source, int sourceStride, Real* target, int targetStride, int lines, int length)
    {
        for (var line = 0; line < lines; line++, source += sourceStride, target += targetStride)
        {
            for (var k = 0; k < length; k++) target[k] = source[k];
        }
    }

    /// <param name="weight">The row's numbers, wherever they are.</param>
    private void Move(ref TRule rule, EmbeddingTable table, long row, Real* weight, Real* gradient)
    {
        if (weightDecay != 0) VectorKernels.AddScaled(weight, (Real)(-LearningRate * weightDecay), weight, table.Dim);
        rule.Update(weight, gradient, StateOf(table, row), table.Dim);
    }

    /// <summary>Puts a moved row back where rows are packed; the same chance whatever the threads and ranks, and after a resume.</summary>
    private void Store(EmbeddingTable table, long row, Real* weight)
    {
        if (table.Learns) table.WriteByChance(row, weight, new CounterRandom((ulong)Step, roundings[table.Index]));
    }

    /// <summary>Makes the steps that a row missed, one by one as a dense update would, with the penalty as its only gradient.</summary>
    private void CatchUpRow(EmbeddingTable table, long row)
    {
        ref var last = ref lastSteps[table.Index][row];
        if (last == Step) return;
        var gradient = stackalloc Real[2 * table.Dim];
        var weight = table.NumbersOf(row, gradient + table.Dim);
        if (!IsAtRest(table, row, weight))
        {
            for (var step = last + 1L; step <= Step; step++)
            {
                var past = RuleAt(step);
                for (var k = 0; k < table.Dim; k++) gradient[k] = l2 * weight[k];
                Move(ref past, table, row, weight, gradient);
            }

            Store(table, row, weight);
        }

        last = (int)Step;
    }

    /// <summary>The rule of a step gone by. Those since the last full catch-up are kept; only after a resume must an older one be made anew.</summary>
    private TRule RuleAt(long step)
    {
        var index = step - (Step - recent.Count) - 1;
        if (index >= 0) return recent[(int)index];
        var made = rule;
        made.Begin(step, LearningRate);
        return made;
    }

    /// <summary>Whether nothing moves a row that is not looked up: it and its state are zero.</summary>
    private bool IsAtRest(EmbeddingTable table, long row, Real* weight)
        => !new ReadOnlySpan<Real>(weight, table.Dim).ContainsAnyExcept((Real)0)
        && !new ReadOnlySpan<Real>(StateOf(table, row), rule.StateWidth(table.Dim)).ContainsAnyExcept((Real)0);

    /// <summary>Σ g² of the looked-up rows; with the penalty g + λw, whose λ²w² a dense update counts over the whole table.</summary>
    private double LookupNorm(in TableLookup lookup)
    {
        if (!lookup.Vectors.HasGradient) return 0;
        var table = set.Tables[lookup.Table];
        var sum = 0.0;
        var room = stackalloc Real[table.Dim];
        for (var u = 0; u < lookup.Vectors.Rows; u++)
        {
            var gradient = lookup.Vectors.GradientRow(u);
            sum += VectorKernels.Dot(gradient, gradient, table.Dim);
            if (l2 == 0) continue;
            var weight = table.NumbersOf(lookup.Rows[u], room);
            sum += 2 * l2 * VectorKernels.Dot(gradient, weight, table.Dim);
            if (!IsDense) sum += l2 * l2 * VectorKernels.Dot(weight, weight, table.Dim);
        }

        return sum;
    }

    private double PenaltyNorm((int Table, long First, long Last) chunk)
    {
        var table = set.Tables[chunk.Table];
        var weight = table.Row(chunk.First);
        var length = (int)((chunk.Last - chunk.First) * table.Dim);
        return l2 * l2 * VectorKernels.Dot(weight, weight, length);
    }
}
