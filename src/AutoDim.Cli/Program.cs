using System.CommandLine;
using AutoDim.Cli.Benchmarks;

var root = new RootCommand("Embedding dimensions for click models, found from data.") { BenchCommand.Create() };
return root.Parse(args).Invoke();
