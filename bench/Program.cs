using BenchmarkDotNet.Running;

// In this process: BenchmarkDotNet would else write and build a project of its own, which the repository's build settings refuse.
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args.Contains("--inProcess") ? args : [.. args, "--inProcess"]);
