using System.Net.Http.Json;
using AutoDim.Data.Preparation;
using AutoDim.Export;
using AutoDim.Models;
using AutoDim.Runs;
using AutoDim.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.ML;
using Microsoft.ML.Data;

// Trains on a small log of its own, then scores the same row three ways: from a file, within ML.NET, over HTTP.
var folder = Directory.CreateTempSubdirectory().FullName;
var (log, schema, row) = (Path.Combine(folder, "clicks.csv"), Path.Combine(folder, "clicks.yaml"), Path.Combine(folder, "row.csv"));
var random = new Random(1);
File.WriteAllLines(log, Enumerable.Range(0, 6000).Select(_ => (User: random.Next(50), Item: random.Next(20))).Select(pair => $"u{pair.User},i{pair.Item},{(random.Next(10) < (pair.User % 3 == pair.Item % 3 ? 8 : 2) ? 1 : 0)}").Prepend("user,item,clicked"));
File.WriteAllText(schema, SchemaFile.Write(SchemaGuess.Of(log, "clicked")));
File.WriteAllText(row, "user,item\nu3,i6\n");

Recommender.Prepare(new PrepareOptions { Files = [log], Schema = schema, Out = Path.Combine(folder, "clicks") });
var run = Path.Combine(folder, "run");
var result = Recommender.Run(Path.Combine(folder, "clicks"), run, new RunOptions { Model = "deepfm", TuneL2 = [1e-5], ModelOptions = new ModelOptions { Hidden = [16] } });
Console.WriteLine($"full {result.Full.Auc:F3} in {result.Full.EmbeddingBytes:N0} bytes, slim {result.Slim.Auc:F3} in {result.Slim.EmbeddingBytes:N0} bytes");

using var predictor = Predictor.Load(run);
var fromFile = predictor.PredictFile(row).Single();

var context = new MLContext();
using var transformer = context.Model.LoadAutoDim(run);
var withinMlNet = transformer.Transform(context.Data.LoadFromEnumerable([new Impression("u3", "i6")])).GetColumn<float>("Probability").Single();

var builder = WebApplication.CreateSlimBuilder();
builder.Services.AddAutoDimScorer(run);
await using var app = builder.Build();
app.Urls.Add("http://127.0.0.1:0");
app.MapAutoDim();
await app.StartAsync();
using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
var reply = await client.PostAsJsonAsync("/score", new { rows = new[] { new { user = "u3", item = "i6" } } });
Console.WriteLine($"probability from a file {fromFile:R}, within ML.NET {withinMlNet:R}, over HTTP {await reply.Content.ReadAsStringAsync()}");
return fromFile == withinMlNet && fromFile > 0.5 ? 0 : 1;

internal sealed record Impression(string user, string item);
