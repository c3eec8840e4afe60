using AutoDim.Data;
using AutoDim.Export;
using AutoDim.Models;
using AutoDim.Runs;
using OwnModel;

// Usage: dotnet run --project samples/OwnModel -- DATA RUN: searches this model's dimensions on prepared data and predicts its test split.
ModelCatalog.Register("capped-deepfm", "a model of one's own", context => new CappedDeepFM(context));
var (data, folder) = (args[0], args[1]);
var result = Recommender.Run(data, folder, new RunOptions { Model = "capped-deepfm", ModelOptions = new ModelOptions { Hidden = [64, 32] } });
Console.WriteLine($"full {result.Full.Auc:F4} in {result.Full.EmbeddingBytes:N0} bytes, slim {result.Slim.Auc:F4} in {result.Slim.EmbeddingBytes:N0} bytes");

using var clicks = ClickData.Open(data);
using var predictor = Predictor.Load(folder);
Console.WriteLine($"mean predicted probability of the test split: {predictor.Predict(clicks.Test).Average():F4}");
