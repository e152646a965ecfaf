using System.Text.Json.Nodes;
using Pure.Tuner.Cli;

namespace Pure.Tuner.Tests;

/// <summary>Bases that are packed already, in the hands of the other commands.</summary>
[Trait("Category", "Cli")]
public sealed class QuantizedBaseTests : IDisposable
{
    private readonly TinyCheckpoint _tiny = new();
    private readonly string _temp = Directory.CreateTempSubdirectory("packed-base-").FullName;

    public void Dispose()
    {
        _tiny.Dispose();
        Directory.Delete(_temp, recursive: true);
    }

    private static (int Code, string Output, string Error) Run(params string[] args)
    {
        StringWriter output = new(), error = new();
        int code = Shell.Run(args, output, error);
        return (code, output.ToString(), error.ToString());
    }

    private string Packed(string type)
    {
        string place = Path.Combine(_temp, type);
        string[] groups = type.StartsWith("gptq", StringComparison.Ordinal) ? ["group_size=32"] : [];
        (int code, _, string error) = Run(["quantize", _tiny.Folder, $"export_dir={place}", "method=rtn", $"type={type}", .. groups]);
        Assert.True(code == 0, error);
        return place;
    }

    [Theory]
    [InlineData("nf4", "model.layers.0.mlp.down_proj.weight.quant_map")]
    [InlineData("int8", "model.layers.0.mlp.down_proj.SCB")]
    [InlineData("gptq4", "model.layers.0.mlp.down_proj.qweight")]
    public void Packed_weights_without_their_settings_are_told(string type, string sign)
    {
        string place = Packed(type), file = Path.Combine(place, "config.json");
        var config = (JsonObject)JsonNode.Parse(File.ReadAllText(file))!;
        config.Remove("quantization_config");
        File.WriteAllText(file, config.ToJsonString());
        (int code, _, string error) = Run("generate", place, "--raw", "--prompt", "What", "max_new_tokens=1");
        Assert.Equal(2, code);
        Assert.Contains($"{file}: 'quantization_config': expected the settings of the packed weights, found none, though {place} has '{sign}'", error);
    }

    [Theory]
    [InlineData("nf4", "weight.nested_absmax")]
    [InlineData("int8", "SCB")]
    public void A_scale_that_is_no_number_is_told(string type, string part)
    {
        string place = Packed(type), file = Path.Combine(place, "model.safetensors"), name = $"model.layers.1.self_attn.o_proj.{part}";
        byte[] bytes = File.ReadAllBytes(file);
        int header = (int)BitConverter.ToInt64(bytes, 0);
        JsonNode at = JsonNode.Parse(bytes.AsSpan(8, header))![name]!["data_offsets"]![0]!;
        BitConverter.TryWriteBytes(bytes.AsSpan(8 + header + (int)at), float.NaN);
        File.WriteAllBytes(file, bytes);
        (int code, _, string error) = Run("generate", place, "--raw", "--prompt", "What", "max_new_tokens=1");
        Assert.Equal(2, code);
        Assert.Contains($"{file}: tensor '{name}': expected finite numbers, found NaN at place 0; the file is damaged, fetch it again", error);
    }

    [Fact]
    public void A_run_that_expands_a_packed_base_says_so_and_loftq_needs_the_unrounded_one()
    {
        string place = Packed("nf4"), data = Path.Combine(_temp, "d.json");
        File.WriteAllText(data, """[{"instruction": "What colour is the sky?", "output": "Blue."}]""");
        (int Code, string Output, string Error) Train(params string[] more) =>
            Run(["train", $"model_name_or_path={place}", $"dataset={data}", "template=default", "do_train=true", "cutoff_len=64", $"output_dir={Path.Combine(_temp, "run")}", "max_steps=1", "save_strategy=no", "pure_tuner.answers=0", .. more]);
        (int code, string output, string error) = Train("quantization_bit=4", "pure_tuner.loftq_init=true");
        Assert.Equal(2, code);
        Assert.Contains($"pure_tuner.loftq_init: needs the weights as they were before rounding; {place} holds only rounded ones", error);
        (code, output, error) = Train("finetuning_type=lora");
        Assert.True(code == 0, output + error);
        Assert.DoesNotContain("expanded", output);
        (code, output, error) = Train("finetuning_type=full", "overwrite_output_dir=true");
        Assert.True(code == 0, output + error);
        Assert.Equal(1, output.Split('\n').Count(l => l.Contains($"{place} is quantised and is expanded to F32", StringComparison.Ordinal)));
    }

    [Fact]
    public void Init_rounds_a_model_that_is_large_for_the_machine()
    {
        string rows = Path.Combine(Repository.Root, "examples", "quickstart", "data", "quickstart.json");
        string Draft(ModelFacts facts, long memory)
        {
            DataReport report = DataCheck.Run(new Recipe { ModelNameOrPath = facts.Place }, new DatasetRegistry("data").Get(rows), DataCheck.Chat(new Recipe { ModelNameOrPath = facts.Place }), samples: 1, cancel: default);
            return new RecipeDraft(facts, report, TuningGoal.Chat, memory).ToYaml("r.yaml", "rows", null, "out");
        }
        ModelFacts plain = ModelFacts.Of(Path.Combine(Repository.Root, "examples", "quickstart", "model"));
        Assert.False(plain.IsQuantized);
        Assert.DoesNotContain("quantization_bit", Draft(plain, 64 * plain.Bytes));
        string small = Draft(plain, 2 * plain.Bytes);
        Assert.Contains("quantization_bit: 4", small);
        Assert.Equal(4, RecipeReader.Parse(small).QuantizationBit);
        Assert.DoesNotContain("quantization_bit", Draft(plain with { IsQuantized = true }, 2 * plain.Bytes));
        Assert.True(ModelFacts.Of(Packed("nf4")).IsQuantized);
    }
}
