using Pure.Tuner.Cli;

namespace Pure.Tuner.Tests;

/// <summary>A tiny model, a recipe, data, and a run of one step with its checkpoint: all right, until a test spoils a file.</summary>
public sealed class WrongInputFixture : IDisposable
{
    private readonly TinyCheckpoint _model = new();

    public WrongInputFixture()
    {
        Folder = Directory.CreateTempSubdirectory("wrong-").FullName;
        Copy(_model.Folder, Path.Combine(Folder, "model"));
        File.WriteAllText(Path.Combine(Folder, "data.json"), """[{"instruction": "What colour is the sky?", "input": "", "output": "Blue."}, {"instruction": "What colour is grass?", "input": "", "output": "Green."}]""");
        File.WriteAllText(Path.Combine(Folder, "dataset_info.json"), """{"colours": {"file_name": "data.json"}}""");
        File.WriteAllText(Path.Combine(Folder, "recipe.yaml"), $"""
            model_name_or_path: {Path.Combine(Folder, "model")}
            stage: sft
            do_train: true
            finetuning_type: lora
            lora_rank: 2
            lora_target: q_proj,v_proj
            dataset: colours
            dataset_dir: {Folder}
            template: default
            cutoff_len: 64
            output_dir: {Path.Combine(Folder, "out")}
            max_steps: 2
            save_steps: 1
            pure_tuner: {"{"}answers: 0{"}"}
            """);
        (int code, string error) = Run(Folder, "train", "RECIPE");
        Assert.True(code == 0, error);
    }

    /// <summary>Where everything is.</summary>
    public string Folder { get; }

    /// <summary>Runs a command in this process; RECIPE stands for the recipe, DIR for the folder.</summary>
    public static (int Code, string Error) Run(string folder, params string[] args)
    {
        StringWriter output = new(), error = new();
        int code = Shell.Run(Array.ConvertAll(args, a => a == "RECIPE" ? Path.Combine(folder, "recipe.yaml") : a.Replace("DIR", folder, StringComparison.Ordinal)), output, error);
        return (code, error.ToString());
    }

    /// <summary>A copy that a test may spoil.</summary>
    public string Fresh()
    {
        string folder = Directory.CreateTempSubdirectory("wrong-").FullName;
        Copy(Folder, folder);
        string recipe = Path.Combine(folder, "recipe.yaml");
        File.WriteAllText(recipe, File.ReadAllText(recipe).Replace(Folder, folder, StringComparison.Ordinal));
        return folder;
    }

    public void Dispose()
    {
        _model.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private static void Copy(string from, string to)
    {
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
