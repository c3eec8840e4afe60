using AutoDim.Autograd;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Layers;
using AutoDim.Models;

namespace AutoDim.Tests.Support;

/// <summary>The models' equations in plain loops over double, from a model's weights by their names: the oracle of the engine's forward pass.</summary>
internal sealed unsafe class PlainModel(CtrModel model, EmbeddingPlan plan)
{
    private const double Epsilon = 1e-5;

    private ModelOptions Options => model.Context.Options;

    /// <summary>Log-odds of each sample; BatchNorm by the batch while training, else by the running statistics.</summary>
    public double[] Logits(Batch batch, bool isTraining)
    {
        // First: the bias and first-order term of each sample; v: its vectors; x: the vectors side by side.
        double[][][] v = model is LogisticRegression ? [] : [.. Enumerable.Range(0, batch.Size).Select(sample => Vectors(batch, sample))];
        double[][] x = [.. v.Select(vectors => vectors.SelectMany(vector => vector).ToArray())];
        double[] First() => Options.FirstOrder == FirstOrderTerm.FieldVectors && x.Length > 0 ? Columns(x, "linear", "bias") : [.. Enumerable.Range(0, batch.Size).Select(sample => FirstOrder(batch, sample))];
        double[] Mlp(double[][] x) => Columns(Stream("mlp", x, Options.Hidden), "mlp.output.weight", "mlp.output.bias");
        double[][] Stream(string name, double[][] x, IReadOnlyList<int> units) => Hidden(name, x, units.Count, Options.BatchNorm, isTraining);
        return model switch
        {
            LogisticRegression => First(),
            FM => Sum(First(), v.Select(InnerProducts).Select(products => products.Sum())),
            FFM => Sum(First(), v.Select(FieldAware)),
            Dnn => Mlp(x),
            FNN => Mlp([.. x.Select((row, sample) => (double[])[.. row, .. FirstOrderWeights(batch, sample)])]),
            WideDeep => Sum(First(), Mlp(x)),
            DeepFM => Sum(First(), v.Select(InnerProducts).Select(products => products.Sum()), Mlp(x)),
            AutoFIS => Sum(First(), Gated(v, 2, "gates", Options.Pairs, isTraining), Gated(v, 3, "gates.triples", Options.Triples, isTraining), Mlp(x)),
            FwFM => Sum(Linear(batch, x), Columns([.. v.Select(InnerProducts)], "pairs")),
            NFM => Sum(First(), Mlp([.. v.Select(vectors => Sum([.. Pairs(vectors).Select(pair => Product(pair.Left, pair.Right))]))])),
            AFM => Sum(First(), Columns([.. v.Select(AttentivePool)], "output")),
            PNN => Mlp([.. x.Zip(v, (row, vectors) => (double[])[.. row, .. Products(vectors)])]),
            DCN => Sum(Columns([.. x.Select(Cross)], "cross.output"), Mlp(x)),
            DCNv2 => Options.CrossStructure == CrossStructure.Stacked ? Mlp([.. x.Select(CrossV2)]) : Sum(Columns([.. x.Select(CrossV2)], "cross.output"), Mlp(x)),
            XDeepFM => Sum(First(), v.Select(CompressedInteractions), Mlp(x)),
            AutoInt => Sum(Columns([.. v.Select(Attend)], "output.weight", "output.bias"), Has("mlp.0.weight") ? Mlp(x) : new double[batch.Size]),
            YouTubeDnn => Mlp(Beside(x, History(batch).Select(samples => samples.Select(Mean).ToArray()))),
            DIN => Mlp(Beside(x, History(batch).Select(samples => Interests(samples, v, isTraining)))),
            FinalMLP => Fuse(Stream("first", Gate("first.gate", v, Options.FirstGateFields), Options.Hidden), Stream("second", Gate("second.gate", v, Options.SecondGateFields), Options.SecondHidden)),
            _ => throw new NotSupportedException($"no equation for {model.GetType().Name}"),
        };
    }

    /// <summary>Mean of log(1 + e^z) − y·z.</summary>
    public static double LogLoss(double[] logits, Batch batch)
    {
        var sum = 0.0;
        for (var i = 0; i < logits.Length; i++) sum += Math.Log(1 + Math.Exp(logits[i])) - (batch.Labels[i] * logits[i]);
        return sum / logits.Length;
    }

    private double FirstOrder(Batch batch, int sample) => this["bias"][0, 0] + FirstOrderWeights(batch, sample).Sum();

    private IEnumerable<double> FirstOrderWeights(Batch batch, int sample)
        => Enumerable.Range(0, model.Fields.Count).Select(m => Pooled(batch, sample, m, $"linear.{model.Fields[m].Name}")[0]);

    /// <summary>FwFM's bias and linear term.</summary>
    private IEnumerable<double> Linear(Batch batch, double[][] x) => Options.LinearTerm switch
    {
        LinearTerm.FieldVectors => Columns(x, "linear", "bias"),
        LinearTerm.ValueWeights => x.Select((_, sample) => FirstOrder(batch, sample)),
        _ => x.Select((_, sample) => this["bias"][0, 0] + Kept.Sum(field => Dot(Own(batch, sample, field, "linear"), Own(batch, sample, field, "embedding")))),
    };

    private double[] Own(Batch batch, int sample, string field, string table) => Pooled(batch, sample, Enumerable.Range(0, model.Fields.Count).Single(m => model.Fields[m].Name == field), $"{table}.{field}");

    /// <summary>Each kept field's vector, brought to the plan's largest dimension unless the plan says none.</summary>
    private double[][] Vectors(Batch batch, int sample) => [.. Enumerable.Range(0, model.Fields.Count).Where(m => plan.Fields[m].Dim > 0)
        .Select(m => Mapped(m, Pooled(batch, sample, m, $"embedding.{model.Fields[m].Name}")))];

    /// <summary>For each sequence of a kept field, which here is the item's, every sample's vectors.</summary>
    private double[][][][] History(Batch batch)
    {
        const int Item = 1;
        if (plan.Fields[Item].Dim == 0) return [];
        var (column, table) = (batch.Columns[Item].Sequences.Single(), model.Tables.Single(table => table.Name == "embedding.item"));
        return [[.. Enumerable.Range(0, batch.Size).Select(sample => Enumerable.Range(column.Offsets![sample], column.Offsets[sample + 1] - column.Offsets[sample])
            .Select(entry => Mapped(Item, [.. Enumerable.Range(0, table.Dim).Select(k => (double)table.Row(column.Rows[entry])[k])])).ToArray())]];
    }

    private double[] Mean(double[][] vectors) => vectors.Length == 0 ? new double[SequenceDim] : Scale(Sum(vectors), 1.0 / vectors.Length);

    private int SequenceDim => plan.Projection == Projection.None ? plan.Fields[1].Dim : plan.MappedDim;

    private static double[][] Beside(double[][] x, IEnumerable<double[][]> more) => more.Aggregate(x, (rows, others) => [.. rows.Zip(others, (row, other) => (double[])[.. row, .. other])]);

    /// <summary>Σ_j a(e_j, v) e_j, the item's vector being the second of a sample's; Dice by all entries of the batch, or by the running statistics.</summary>
    private double[][] Interests(double[][][] history, double[][][] v, bool isTraining)
    {
        const string Unit = "attention.history";
        var entries = history.SelectMany((vectors, sample) => vectors.Select(e => (Sample: sample, E: e, Z: Sum(
            Affine(v[sample][1], $"{Unit}.target", $"{Unit}.bias"), Affine(e, $"{Unit}.behaviour"), Affine(Product(v[sample][1], e), $"{Unit}.product"))))).ToArray();
        var z = entries.Select(entry => entry.Z).ToArray();
        Dice(z, $"{Unit}.dice", isTraining);
        var result = history.Select(_ => new double[SequenceDim]).ToArray();
        for (var n = 0; n < entries.Length; n++) result[entries[n].Sample] = Sum(result[entries[n].Sample], Scale(entries[n].E, Affine(z[n], $"{Unit}.output.weight", $"{Unit}.output.bias")[0]));
        return result;
    }

    private void Dice(double[][] x, string name, bool isTraining)
    {
        for (var j = 0; x.Length > 0 && j < x[0].Length; j++)
        {
            var mean = isTraining ? x.Average(row => row[j]) : this[$"{name}.mean"][0, j];
            var variance = isTraining ? x.Average(row => (row[j] - mean) * (row[j] - mean)) : this[$"{name}.variance"][0, j];
            foreach (var row in x)
            {
                var p = 1 / (1 + Math.Exp(-(row[j] - mean) / Math.Sqrt(variance + 1e-8)));
                row[j] *= p + ((1 - p) * this[$"{name}.slope"][0, j]);
            }
        }
    }

    private double[] Mapped(int m, double[] vector)
    {
        if (vector.Length == plan.MappedDim || plan.Projection == Projection.None) return vector;
        if (plan.Projection == Projection.ZeroPadding) return [.. vector, .. new double[plan.MappedDim - vector.Length]];
        return Affine(vector, $"map.{model.Fields[m].Name}.weight", $"map.{model.Fields[m].Name}.bias");
    }

    private double[] Pooled(Batch batch, int sample, int m, string name)
    {
        var table = model.Tables.Single(candidate => candidate.Name == name);
        var column = batch.Columns[m];
        int first = column.Offsets?[sample] ?? sample, last = column.Offsets?[sample + 1] ?? sample + 1;
        var sum = new double[table.Dim];
        for (var entry = first; entry < last; entry++)
        {
            for (var k = 0; k < table.Dim; k++) sum[k] += table.Row(column.Rows[entry])[k] / (double)(last - first);
        }

        return sum;
    }

    private static IEnumerable<(double[] Left, double[] Right)> Pairs(double[][] vectors)
        => Enumerable.Range(0, vectors.Length).SelectMany(m => Enumerable.Range(m + 1, vectors.Length - m - 1).Select(k => (vectors[m], vectors[k])));

    private static double[] InnerProducts(double[][] vectors) => [.. Pairs(vectors).Select(pair => Dot(pair.Left, pair.Right))];

    /// <summary>Coordinate c of a vector of D serves the pairs whose m + k is, modulo M, the part that c lies in.</summary>
    private static double FieldAware(double[][] vectors)
    {
        var (sum, fields, dim) = (0.0, vectors.Length, vectors[0].Length);
        for (var part = 0; part < fields; part++)
        {
            for (var c = part * dim / fields; c < (part + 1) * dim / fields; c++)
            {
                for (var m = 0; m < fields; m++)
                {
                    var k = (part - m + fields) % fields;
                    if (m < k) sum += vectors[m][c] * vectors[k][c];
                }
            }
        }

        return sum;
    }

    /// <summary>What PNN has beside its vectors, by the number of its inputs.</summary>
    private double[] Products(double[][] vectors)
    {
        var inner = InnerProducts(vectors);
        var sum = Sum(vectors);
        double[] outer = [.. sum.SelectMany(left => sum.Select(right => left * right))];
        var count = this["mlp.beside.weight"].Rows;
        return count == inner.Length ? inner : count == outer.Length ? outer : [.. inner, .. outer];
    }

    private double[] AttentivePool(double[][] vectors)
    {
        var products = Pairs(vectors).Select(pair => Product(pair.Left, pair.Right)).ToArray();
        var weights = Softmax([.. products.Select(product => Affine(Relu(Affine(product, "attention.weight", "attention.bias")), "attention.readout")[0])]);
        return Sum([.. products.Zip(weights, Scale)]);
    }

    private double[] Cross(double[] first)
    {
        var x = first;
        for (var i = 0; i < Options.CrossLayers; i++) x = Sum(Scale(first, Affine(x, $"cross.{i}.weight")[0]), Row($"cross.{i}.bias"), x);
        return x;
    }

    private double[] CrossV2(double[] first)
    {
        var x = first;
        for (var i = 0; i < Options.CrossLayers; i++) x = Sum(Product(first, Options.CrossRank == 0 ? Affine(x, $"cross.{i}.weight", $"cross.{i}.bias") : Experts(x, $"cross.{i}")), x);
        return x;
    }

    /// <summary>Σ_e gate_e (U_e tanh(C_e tanh(V_e x)) + b).</summary>
    private double[] Experts(double[] x, string layer)
    {
        var (rank, gates) = (Options.CrossRank, Softmax(Affine(x, "cross.gate")));
        return Sum([.. gates.Select((gate, e) =>
        {
            double[] down = [.. Enumerable.Range(0, rank).Select(j => Math.Tanh(x.Select((value, i) => value * this[$"{layer}.down"][i, (e * rank) + j]).Sum()))];
            double[] inner = [.. Enumerable.Range(0, rank).Select(j => Math.Tanh(down.Select((value, i) => value * this[$"{layer}.inner"][(e * rank) + i, j]).Sum()))];
            double[] up = [.. Enumerable.Range(0, x.Length).Select(j => inner.Select((value, i) => value * this[$"{layer}.up"][(e * rank) + i, j]).Sum())];
            return Scale(Sum(up, Row($"{layer}.bias")), gate);
        })]);
    }

    private double CompressedInteractions(double[][] vectors)
    {
        var (logit, maps) = (0.0, vectors);
        for (var layer = 0; layer < Options.InteractionUnits.Count; layer++)
        {
            var (before, weight, next) = (maps, this[$"interaction.{layer}.weight"], new double[Options.InteractionUnits[layer]][]);
            for (var h = 0; h < next.Length; h++)
            {
                next[h] = Sum([.. before.SelectMany((left, i) => vectors.Select((right, j) => Scale(Product(left, right), weight[(i * vectors.Length) + j, h])))]);
                logit += next[h].Sum() * this[$"interaction.{layer}.output"][h, 0];
            }

            maps = next;
        }

        return logit;
    }

    private double[] Attend(double[][] e)
    {
        var width = Options.AttentionUnits / Options.AttentionHeads;
        for (var layer = 0; layer < Options.AttentionLayers; layer++)
        {
            double[][] Map(string part) => [.. e.Select(vector => Affine(vector, $"attention.{layer}.{part}"))];
            double[][] queries = Map("query"), keys = Map("key"), values = Map("value"), residuals = Map("residual");
            e = [.. queries.Select((query, m) => Relu(Sum(residuals[m], [.. Enumerable.Range(0, Options.AttentionHeads).SelectMany(head =>
            {
                double[] Part(double[] vector) => vector[(head * width)..((head + 1) * width)];
                var weights = Softmax([.. keys.Select(key => Dot(Part(query), Part(key)))]);
                return Sum([.. values.Zip(weights, (value, weight) => Scale(Part(value), weight))]);
            })])))];
        }

        return [.. e.SelectMany(vector => vector)];
    }

    private double[] Fuse(double[][] first, double[][] second) => [.. first.Zip(second, (left, right) =>
    {
        var logit = Affine(left, "output.first", "output.bias")[0] + Affine(right, "output.second")[0];
        int leftWidth = left.Length / Options.FusionHeads, rightWidth = right.Length / Options.FusionHeads;
        for (var i = 0; i < left.Length; i++)
        {
            for (var j = 0; j < rightWidth; j++) logit += left[i] * this["output.bilinear"][i, j] * right[(i / leftWidth * rightWidth) + j];
        }

        return logit;
    })];

    /// <summary>2 sigmoid(MLP of the named fields' vectors, or of the learned one) ⊙ the vectors side by side.</summary>
    private double[][] Gate(string name, double[][][] v, IReadOnlyList<string>? fields)
    {
        double[][] x = [.. v.Select(vectors => vectors.SelectMany(vector => vector).ToArray())];
        if (Options.GateHidden == null) return x;
        double[][] context = [.. v.Select(vectors => fields == null ? Row($"{name}.context") : vectors.Where((_, place) => fields.Contains(Kept[place])).SelectMany(vector => vector).ToArray())];
        var gates = Hidden(name, context, Options.GateHidden.Count, batchNorm: false, isTraining: true).Select(hidden => Affine(hidden, $"{name}.output.weight", $"{name}.output.bias"));
        return [.. x.Zip(gates, (row, gate) => Product(row, [.. gate.Select(g => 2 / (1 + Math.Exp(-g)))]))];
    }

    /// <summary>Products of so many fields each, all or the chosen ones, normalised over the batch, times their gates; 0 where the model has none.</summary>
    private double[] Gated(double[][][] v, int order, string gates, IReadOnlyList<string>? chosen, bool isTraining)
    {
        if (!Has(gates)) return new double[v.Length];
        int[][] all = [.. Enumerable.Range(0, 1 << Kept.Length).Select(set => Enumerable.Range(0, Kept.Length).Where(m => (set >> m) % 2 == 1).ToArray()).Where(set => set.Length == order)
            .OrderBy(set => string.Join(':', set))];
        double[][] products = [.. v.Select(vectors => all.Where(set => chosen?.Contains(string.Join(':', set.Select(m => Kept[m]))) ?? true)
            .Select(set => set.Select(m => vectors[m]).Aggregate(Product).Sum()).ToArray())];
        Normalise(products, $"{gates}.norm", isTraining);
        return Columns(products, gates);
    }

    /// <summary>Names of the fields that have vectors.</summary>
    private string[] Kept => [.. model.Fields.Where((_, m) => plan.Fields[m].Dim > 0).Select(kept => kept.Name)];

    private double[][] Hidden(string name, double[][] x, int layers, bool batchNorm, bool isTraining)
    {
        for (var i = 0; i < layers; i++)
        {
            // Inputs beside the vectors have a weight of their own.
            x = [.. x.Select(row => Affine(row, $"{name}.{i}.weight", $"{name}.{i}.bias", i == 0 && Has($"{name}.beside.weight") ? $"{name}.beside.weight" : null))];
            if (batchNorm) Normalise(x, $"{name}.{i}.norm", isTraining);
            if (Options.Activation == ActivationKind.Dice) Dice(x, $"{name}.{i}.dice", isTraining);
            else x = [.. x.Select(row => Options.Activation == ActivationKind.Tanh ? Tanh(row) : Relu(row))];
        }

        return x;
    }

    private void Normalise(double[][] x, string name, bool isTraining)
    {
        for (var j = 0; j < x[0].Length; j++)
        {
            var mean = isTraining ? x.Average(row => row[j]) : this[$"{name}.mean"][0, j];
            var variance = isTraining ? x.Average(row => (row[j] - mean) * (row[j] - mean)) : this[$"{name}.variance"][0, j];
            var (scale, shift) = Has($"{name}.scale") ? (this[$"{name}.scale"][0, j], this[$"{name}.shift"][0, j]) : (1, 0);
            foreach (var row in x) row[j] = (scale * (row[j] - mean) / Math.Sqrt(variance + Epsilon)) + shift;
        }
    }

    /// <summary>x·W + b; what x has beyond W's rows goes through the weight below it.</summary>
    private double[] Affine(double[] x, string weightName, string? biasName = null, string? belowName = null)
    {
        var weight = this[weightName];
        var below = belowName == null ? null : this[belowName];
        x.Length.ShouldBe(weight.Rows + (below?.Rows ?? 0), weightName);
        return [.. Enumerable.Range(0, weight.Columns).Select(j => (biasName == null ? 0 : this[biasName][0, j])
            + x.Select((value, k) => value * (k < weight.Rows ? weight[k, j] : below![k - weight.Rows, j])).Sum())];
    }

    /// <summary>Each row through a map to one column.</summary>
    private double[] Columns(double[][] x, string weight, string? bias = null) => [.. x.Select(row => Affine(row, weight, bias)[0])];

    private double[] Row(string name) => [.. Enumerable.Range(0, this[name].Columns).Select(j => this[name][0, j])];

    private static double[] Sum(params IEnumerable<double>[] rows)
    {
        var sum = rows[0].ToArray();
        foreach (var row in rows[1..])
        {
            var i = 0;
            foreach (var value in row) sum[i++] += value;
        }

        return sum;
    }

    private static double[] Product(double[] a, double[] b) => [.. a.Zip(b, (left, right) => left * right)];

    private static double[] Scale(double[] a, double factor) => [.. a.Select(value => value * factor)];

    private static double Dot(double[] a, double[] b) => Product(a, b).Sum();

    private static double[] Relu(double[] x) => [.. x.Select(value => Math.Max(0, value))];

    private static double[] Tanh(double[] x) => [.. x.Select(Math.Tanh)];

    private static double[] Softmax(double[] x) => Scale([.. x.Select(Math.Exp)], 1 / x.Sum(Math.Exp));

    private bool Has(string name) => model.Parameters.Any(parameter => parameter.Name == name);

    private Parameter this[string name] => model.Parameters.Concat(model.Statistics).Single(parameter => parameter.Name == name);
}
