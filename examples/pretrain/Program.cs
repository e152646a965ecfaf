using Pure.Tuner;
using Pure.Tuner.Pretrain;

if (args is [] or ["--help"] or ["help"])
{
    Console.WriteLine("usage: dotnet run -c Release --project examples/pretrain -- examples/pretrain/tiny_llama.yaml [key=value ...]");
    Console.WriteLine("       ... -- texts examples/pretrain/tiny_llama.yaml [count]   prints texts of the generator");
    return args is [] ? 2 : 0;
}
try
{
    if (args is ["texts", var path, .. var rest])
    {
        PretrainRecipe recipe = PretrainRecipe.Read(path, []);
        var documents = new Documents(new World(recipe.Seed), recipe.Seed);
        int count = rest is [var text] && int.TryParse(text, out int n) ? n : 10;
        for (int i = 0; i < count; i++) Console.WriteLine(documents.Write(i) + "\n");
        return 0;
    }
    new Pretraining(PretrainRecipe.Read(args[0], args.Skip(1)), Console.Out).Run();
    return 0;
}
catch (Exception e) when (e is UsageException or IOException)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}
