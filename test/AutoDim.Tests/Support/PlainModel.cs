using AutoDim.Autograd;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Models;

namespace AutoDim.Tests.Support;

/// <summary>The models' equations in plain loops over double, from a model's weights by their names: the oracle of the engine's forward pass.</summary>
internal sealed unsafe class PlainModel(CtrModel model, EmbeddingPlan plan, ModelOptions options)
{
    private const double Epsilon = 1e-5;

    /// <summary>Log-odds of each sample; BatchNorm by the batch while training, else by the running statistics.</summary>
    public double[] Logits(Batch batch, bool isTraining)
    {
        var name = model.GetType().Name;
        var logits = new double[batch.Size];
        if (name != nameof(Dnn)) Add(logits, sample => FirstOrder(batch, sample));
        if (name == nameof(LogisticRegression)) return logits;
        var vectors = Enumerable.Range(0, batch.Size).Select(sample => Vectors(batch, sample)).ToArray();
        if (name is nameof(FM) or nameof(DeepFM)) Add(logits, sample => Pairs(vectors[sample]));
        if (name == nameof(FM)) return logits;
        var deep = Deep([.. vectors.Select(fields => fields.SelectMany(vector => vector).ToArray())], isTraining);
        Add(logits, sample => deep[sample]);
        return logits;
    }

    /// <summary>Mean of log(1 + e^z) − y·z.</summary>
    public static double LogLoss(double[] logits, Batch batch)
    {
        var sum = 0.0;
        for (var i = 0; i < logits.Length; i++) sum += Math.Log(1 + Math.Exp(logits[i])) - (batch.Labels[i] * logits[i]);
        return sum / logits.Length;
    }

    private static void Add(double[] logits, Func<int, double> term)
    {
        for (var i = 0; i < logits.Length; i++) logits[i] += term(i);
    }

    private double FirstOrder(Batch batch, int sample)
        => this["bias"][0, 0] + Enumerable.Range(0, model.Fields.Count).Sum(m => Pooled(batch, sample, m, $"linear.{model.Fields[m].Name}")[0]);

    /// <summary>Each kept field's vector, brought to the plan's largest dimension.</summary>
    private double[][] Vectors(Batch batch, int sample) => [.. Enumerable.Range(0, model.Fields.Count).Where(m => plan.Fields[m].Dim > 0).Select(m =>
    {
        var vector = Pooled(batch, sample, m, $"embedding.{model.Fields[m].Name}");
        if (vector.Length == plan.MappedDim) return vector;
        if (plan.Projection == Projection.ZeroPadding) return [.. vector, .. new double[plan.MappedDim - vector.Length]];
        return Affine(vector, this[$"map.{model.Fields[m].Name}.weight"], this[$"map.{model.Fields[m].Name}.bias"]);
    })];

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

    private static double Pairs(double[][] vectors)
    {
        var sum = 0.0;
        for (var m = 0; m < vectors.Length; m++)
        {
            for (var k = m + 1; k < vectors.Length; k++) sum += vectors[m].Zip(vectors[k], (a, b) => a * b).Sum();
        }

        return sum;
    }

    private double[] Deep(double[][] x, bool isTraining)
    {
        for (var i = 0; i < options.Hidden.Count; i++)
        {
            x = [.. x.Select(row => Affine(row, this[$"mlp.{i}.weight"], this[$"mlp.{i}.bias"]))];
            if (options.BatchNorm) Normalise(x, $"mlp.{i}.norm", isTraining);
            foreach (var row in x)
            {
                for (var j = 0; j < row.Length; j++) row[j] = Math.Max(0, row[j]);
            }
        }

        return [.. x.Select(row => Affine(row, this["mlp.output.weight"], this["mlp.output.bias"])[0])];
    }

    private void Normalise(double[][] x, string name, bool isTraining)
    {
        for (var j = 0; j < x[0].Length; j++)
        {
            var mean = isTraining ? x.Average(row => row[j]) : this[$"{name}.mean"][0, j];
            var variance = isTraining ? x.Average(row => (row[j] - mean) * (row[j] - mean)) : this[$"{name}.variance"][0, j];
            foreach (var row in x) row[j] = (this[$"{name}.scale"][0, j] * (row[j] - mean) / Math.Sqrt(variance + Epsilon)) + this[$"{name}.shift"][0, j];
        }
    }

    private static double[] Affine(double[] x, Parameter weight, Parameter bias)
        => [.. Enumerable.Range(0, weight.Columns).Select(j => bias[0, j] + Enumerable.Range(0, x.Length).Sum(k => x[k] * weight[k, j]))];

    private Parameter this[string name] => model.Parameters.Concat(model.Statistics).Single(parameter => parameter.Name == name);
}
