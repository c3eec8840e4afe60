using System.Diagnostics;
using AutoDim.Models;
using AutoDim.MLNet;
using AutoDim.Runs;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;

// Usage: dotnet run -c Release --project samples/MLNet -- adult.data adult.test
// UCI Adult (census income): AutoDim beside ML.NET's field-aware factorization machine, on the same rows.
string[] numbers = ["age", "fnlwgt", "capital-gain", "capital-loss", "hours-per-week"];
string[] names = ["age", "workclass", "fnlwgt", "education", "education-num", "marital-status", "occupation", "relationship", "race", "sex", "capital-gain", "capital-loss", "hours-per-week", "native-country"];
var context = new MLContext(seed: 1);
var loader = context.Data.CreateTextLoader(
    [.. names.Select((name, i) => new TextLoader.Column(name, numbers.Contains(name) ? DataKind.Single : DataKind.String, i)), new("income", DataKind.String, names.Length)],
    separatorChar: ',', hasHeader: true, trimWhitespace: true);
var label = context.Transforms.Conversion.MapValue("Label", [new("<=50K", false), new KeyValuePair<string, bool>(">50K", true)], "income");
var train = label.Fit(loader.Load(args[0])).Transform(loader.Load(args[0]));
var test = label.Fit(train).Transform(loader.Load(args[1]));

string[] texts = [.. names.Except(numbers)];
var encoding = context.Transforms.Categorical.OneHotEncoding([.. texts.Select(name => new InputOutputColumnPair(name))])
    .Append(context.Transforms.Concatenate("numbers", numbers)).Append(context.Transforms.NormalizeMinMax("numbers"));
Report("ML.NET field-aware factorization machine", encoding.Append(context.BinaryClassification.Trainers.FieldAwareFactorizationMachine(new FieldAwareFactorizationMachineTrainer.Options
{
    FeatureColumnName = "numbers",
    ExtraFeatureColumns = texts,
    NumberOfIterations = 10,
})));

var options = new AutoDimTrainerOptions { MinCount = 2, Run = new RunOptions { Model = "deepfm", ModelOptions = new ModelOptions { Hidden = [64, 32] } } };
using var model = (AutoDimTransformer)Report("AutoDim: full model, search and slim model", context.BinaryClassification.Trainers.AutoDim("Label", names, options));
Console.WriteLine($"embeddings: full {model.Result!.Full.EmbeddingBytes:N0} bytes, slim {model.Result.Slim.EmbeddingBytes:N0}; dimensions {string.Join(", ", model.Dimensions.Select(pair => $"{pair.Key} {pair.Value}"))}");

ITransformer Report<T>(string name, IEstimator<T> trainer)
    where T : class, ITransformer
{
    var clock = Stopwatch.StartNew();
    var trained = trainer.Fit(train);
    var seconds = clock.Elapsed.TotalSeconds;
    var metrics = context.BinaryClassification.Evaluate(trained.Transform(test));
    Console.WriteLine($"{name}: {seconds:F1} s, test AUC {metrics.AreaUnderRocCurve:F4}, logloss {metrics.LogLoss * Math.Log(2):F4}");
    return trained;
}
