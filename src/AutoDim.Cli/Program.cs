AutoDim.Cli.World.KeepOutputPlain();
return AutoDim.Cli.Application.Run(args, Console.Out, Console.Error);
