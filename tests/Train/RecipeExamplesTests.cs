using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pure.Tuner.Tests;

/// <summary>The keys and recipes of the reference, as facts: what each version knows, and what its examples say.</summary>
[Trait("Category", "Unit")]
public class RecipeExamplesTests
{
    private static readonly string s_folder = Path.Combine(Repository.Root, "tests", "Train", "Recipes");
    private static readonly Dictionary<string, JsonElement> s_examples = JsonDocument.Parse(File.ReadAllText(Path.Combine(s_folder, "llama_factory_examples.json")))
        .RootElement.EnumerateArray().ToDictionary(e => e.GetProperty("name").GetString()!);

    public static IEnumerable<object[]> Names => s_examples.Keys.Select(n => new object[] { n });

    public static IEnumerable<object[]> Models => Facts("model_type");
    public static IEnumerable<object[]> Quantised => Facts("quant_method").Where(f => f[0] is not ("gptq" or "awq"));

    private static IEnumerable<object[]> Facts(string key) =>
        s_examples.Values.Where(e => e.TryGetProperty(key, out _)).Select(e => e.GetProperty(key).GetString()!).Distinct().Select(f => new object[] { f });

    [Fact]
    public void Every_key_of_the_reference_is_known()
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(Path.Combine(s_folder, "reference_keys.json")));
        string[] unknown = [.. from part in json.RootElement.EnumerateObject()
                               from key in part.Value.EnumerateArray()
                               let name = key.GetString()!
                               where RecipeKeys.Find(name) is null && !RecipeKeys.Renamed.ContainsKey(name) && !RecipeKeys.Dropped.ContainsKey(name)
                               select $"{part.Name}: {name}"];
        Assert.Empty(unknown);
    }

    /// <summary>Each recipe is read unchanged, or refused for what is not there and for nothing else.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void An_example_is_read_or_refused_for_a_reason(string name)
    {
        JsonElement example = s_examples[name];
        string[] reasons = example.TryGetProperty("refused", out JsonElement refused) ? [.. refused.EnumerateArray().Select(r => r.GetString()!)] : [];
        string text = example.GetProperty("keys").GetRawText();
        if (reasons.Length == 0)
        {
            Recipe recipe = RecipeReader.Parse(text, "r.json", allowExtra: false);
            Assert.Equal(example.GetProperty("keys").GetProperty("model_name_or_path").GetString(), recipe.ModelNameOrPath);
            if (recipe.ExportDir is not null) RecipeChecks.ForExport(recipe);
            if (recipe.OutputDir is not null) RecipeChecks.ForTraining(recipe);
            return;
        }
        string[] faults = Assert.Throws<UsageException>(() => RecipeReader.Parse(text, "r.json", allowExtra: false)).Message.Split('\n');
        Assert.All(faults, f => Assert.StartsWith("r.json:1: ", f));
        Assert.All(reasons, r => Assert.Contains(faults, f => f.Contains(r, StringComparison.Ordinal)));
    }

    public static IEnumerable<object[]> Ours => Directory.GetFiles(Path.Combine(Repository.Root, "examples"), "*lora_sft*.yaml", SearchOption.AllDirectories)
        .Select(f => new object[] { Path.GetRelativePath(Repository.Root, f) });

    /// <summary>The recipes of this repository, those of QLoRA among them, say nothing that is refused.</summary>
    [Theory]
    [MemberData(nameof(Ours))]
    public void A_recipe_of_ours_is_read(string file)
    {
        Recipe recipe = RecipeReader.Parse(File.ReadAllText(Path.Combine(Repository.Root, file)), file, allowExtra: false);
        RecipeChecks.ForTraining(recipe);
        Assert.Equal(file.Contains("train_qlora", StringComparison.Ordinal) ? 4 : null, recipe.QuantizationBit);
    }

    /// <summary>The models of the examples that are not there are refused when they are loaded, by what they are.</summary>
    [Theory]
    [MemberData(nameof(Models))]
    public void A_model_of_an_example_is_refused_by_what_it_is(string type)
    {
        string fault = Assert.Throws<CheckpointException>(() => Families.Read(new JsonObject { ["model_type"] = type }, "m")).Message;
        Assert.StartsWith($"m: model_type '{type}' is not supported", fault);
        if (type.Contains("_vl", StringComparison.Ordinal)) Assert.Contains("models that see images are not there yet", fault);
        else if (type.EndsWith("_moe", StringComparison.Ordinal)) Assert.Contains("models with experts are not there yet", fault);
    }

    [Theory]
    [MemberData(nameof(Quantised))]
    public void A_quantised_model_of_an_example_is_refused_by_its_method(string method)
    {
        using var checkpoint = new BareCheckpoint("m");
        var config = new JsonObject { ["model_type"] = "llama", ["quantization_config"] = new JsonObject { ["quant_method"] = method } };
        Assert.Contains($"the weights are quantised by '{method}', which is not supported", Assert.Throws<CheckpointException>(() => PackedLayout.Of(checkpoint, config)).Message);
    }
}
