return Pure.Tuner.Cli.Shell.Run(args, Console.Out, Console.Error);
