return AutoDim.Cli.Program.Main(args);
