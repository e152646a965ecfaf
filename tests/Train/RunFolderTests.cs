namespace Pure.Tuner.Tests;

/// <summary>What runs do to folders: nothing is lost, nothing is mixed.</summary>
[Trait("Category", "Unit")]
public sealed class RunFolderTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("runs").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Export_refuses_a_folder_that_holds_something()
    {
        string precious = Path.Combine(_root, "precious");
        Directory.CreateDirectory(precious);
        File.WriteAllText(Path.Combine(precious, "diary.txt"), "dear diary");
        Assert.Contains("export_dir: " + precious + " is not empty", Assert.Throws<UsageException>(() => Folders.Require("export_dir", precious, overwrite: false)).Message);
        Assert.True(File.Exists(Path.Combine(precious, "diary.txt")));
    }

    [Fact]
    public void A_place_that_cannot_be_written_is_refused_before_anything_runs()
    {
        string file = Path.Combine(_root, "file");
        File.WriteAllText(file, "");
        Assert.Contains("is a file; name a folder", Assert.Throws<UsageException>(() => Folders.Require("output_dir", file, overwrite: true)).Message);
        Assert.Contains("cannot be written", Assert.Throws<UsageException>(() => Folders.Require("output_dir", Path.Combine(file, "x"), overwrite: true)).Message);
    }

    [Fact]
    public void A_folder_is_replaced_whole_and_a_slash_at_its_end_does_no_harm()
    {
        string place = Path.Combine(_root, "place") + Path.DirectorySeparatorChar;
        for (int i = 0; i < 2; i++)
        {
            using var folder = new AtomicFolder(place);
            File.WriteAllText(Path.Combine(folder.Folder, $"{i}.txt"), "");
            folder.Commit();
        }
        Assert.Equal(["1.txt"], Directory.GetFiles(place).Select(Path.GetFileName));
        Assert.Equal(["place"], Directory.GetDirectories(_root).Select(Path.GetFileName));
    }

    [Fact]
    public void A_trained_folder_tells_its_own_kind_and_brings_its_own_adapter()
    {
        Recipe recipe = RecipeReader.Read(null, ["model_name_or_path=base", "adapter_name_or_path=first,second", "template=llama3", "max_new_tokens=7"]);
        RecipeWriter.Save(recipe, _root);
        Recipe read = InferenceRecipe.Read(_root, ["temperature=0.5"]);
        Assert.Equal(["first", _root], read.AdapterNameOrPath);
        Assert.Equal(("base", 7, 0.5), (read.ModelNameOrPath, read.MaxNewTokens, read.Temperature));
        Assert.Contains("brings its own adapter", Assert.Throws<UsageException>(() => InferenceRecipe.Read(_root, ["adapter_name_or_path=third"])).Message);

        RecipeWriter.Save(recipe with { FinetuningType = "full", AdapterNameOrPath = [] }, _root);
        read = InferenceRecipe.Read(_root, []);
        Assert.Equal((_root, 0), (read.ModelNameOrPath, read.AdapterNameOrPath.Count));
    }

    [Fact]
    public void A_bound_on_the_whole_length_counts_where_it_alone_is_given()
    {
        GenerationOptions options = InferenceRecipe.Options(RecipeReader.Read(null, ["max_length=20"]), []);
        Assert.Equal((20, null), (options.MaxLength, options.MaxNewTokens));
        RecipeWriter.Save(RecipeReader.Read(null, ["model_name_or_path=base"]), _root);
        options = InferenceRecipe.Options(InferenceRecipe.Read(_root, ["max_length=20"]), []);
        Assert.Equal((20, null), (options.MaxLength, options.MaxNewTokens));
    }

    [Fact]
    public void Beams_and_sampling_together_are_refused_when_both_are_asked_for()
    {
        Assert.False(InferenceRecipe.Options(RecipeReader.Read(null, ["num_beams=3"]), []).DoSample);
        Assert.Contains("do_sample: beams do not sample here", Assert.Throws<UsageException>(() => InferenceRecipe.Options(RecipeReader.Read(null, ["num_beams=3", "do_sample=true"]), [])).Message);
    }

    [Fact]
    public void Overwriting_is_for_earlier_runs_only()
    {
        string model = Path.Combine(_root, "model"), run = Path.Combine(_root, "run");
        Directory.CreateDirectory(model);
        File.WriteAllText(Path.Combine(model, "model.safetensors"), "precious");
        Directory.CreateDirectory(Path.Combine(run, "checkpoint-5"));
        File.WriteAllText(Path.Combine(run, "trainer_log.jsonl"), "");
        File.WriteAllText(Path.Combine(run, "adapter_model.safetensors"), "");
        string Refused(string from, string output) => Assert.Throws<UsageException>(() => RunFolder.RequireNothingPrecious(RecipeReader.Read(null, [$"model_name_or_path={from}", $"output_dir={output}"]))).Message;
        Assert.Contains("which this run starts from", Refused(model, model + "/"));
        Assert.Contains("which this run starts from", Refused(Path.Combine(run, "checkpoint-5"), run));
        Assert.Contains("holds model.safetensors but no training log", Refused("base", model));
        RunFolder.RequireNothingPrecious(RecipeReader.Read(null, [$"model_name_or_path={model}", $"output_dir={run}"]));
        RunFolder.RequireNothingPrecious(RecipeReader.Read(null, [$"model_name_or_path={model}", $"output_dir={Path.Combine(_root, "new")}"]));
    }

    [Fact]
    public void The_null_device_is_a_device() => Assert.Equal("null", RecipeReader.Read(null, ["device=null"]).Device);
}
