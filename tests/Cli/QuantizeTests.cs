using System.Text.Json;
using Pure.Tuner.Cli;

namespace Pure.Tuner.Tests;

/// <summary>quantize, from a folder to a folder that loads.</summary>
[Trait("Category", "Cli")]
public sealed class QuantizeTests : IDisposable
{
    private readonly TinyCheckpoint _tiny = new();
    private readonly string _temp = Directory.CreateTempSubdirectory("quantize-").FullName;
    private readonly string _text;

    public QuantizeTests()
    {
        _text = Path.Combine(_temp, "text.jsonl");
        File.WriteAllLines(_text, Enumerable.Range(0, 60).Select(i => JsonSerializer.Serialize(new { text = $"What colour is the sky at {i}? Blue. What colour is grass at {i * 7 % 13}? Green." })));
    }

    public void Dispose()
    {
        _tiny.Dispose();
        Directory.Delete(_temp, recursive: true);
    }

    private (int Code, string Output, string Error) Run(params string[] args)
    {
        StringWriter output = new(), error = new();
        int code = Shell.Run(args, output, error);
        return (code, output.ToString(), error.ToString());
    }

    private string Out(string name) => Path.Combine(_temp, name);

    [Theory]
    [InlineData("gptq", "type=gptq4", "group_size=32")]
    [InlineData("gptq", "type=gptq", "bits=8", "group_size=-1", "desc_act=true")]
    [InlineData("gptq", "type=gptq4", "group_size=16", "sym=false", "desc_act=true", "checkpoint_format=gptq_v2")]
    [InlineData("gptq", "type=gptq2", "group_size=16", "sym=false")]
    [InlineData("gptq", "method=rtn", "type=gptq4", "group_size=32")]
    [InlineData("awq", "type=awq", "group_size=32")]
    [InlineData("awq", "method=rtn", "type=awq4", "group_size=32", "sym=true")]
    public void The_written_folder_answers_as_the_report_says(string method, params string[] options)
    {
        string place = Out(method);
        (int code, string output, string error) = Run(["quantize", _tiny.Folder, $"export_dir={place}", $"export_quantization_dataset={_text}", "export_quantization_nsamples=8", "export_quantization_maxlen=64", .. options]);
        Assert.True(code == 0, error);
        Assert.Contains("layer 2/2:", output);
        Assert.Contains($"written to {place}", output);
        using JsonDocument config = JsonDocument.Parse(File.ReadAllText(Path.Combine(place, "config.json"))), report = JsonDocument.Parse(File.ReadAllText(Path.Combine(place, "quantization_report.json")));
        Assert.Equal(method, config.RootElement.GetProperty("quantization_config").GetProperty("quant_method").GetString());
        Assert.Equal("float16", config.RootElement.GetProperty("dtype").GetString());
        Assert.Equal(14, report.RootElement.GetProperty("layers").GetArrayLength());
        Assert.All(report.RootElement.GetProperty("layers").EnumerateArray(), l => Assert.InRange(l.GetProperty("output_error").GetDouble(), 1e-6, 0.9));

        // The file holds what was measured: the same perplexity on the same tokens.
        using LanguageModel written = LanguageModel.Load(place);
        Assert.Equal(14, written.Decoder.Weights.Count(w => w is QuantizedTensor { Format: AffineGroupFormat }));
        Recipe recipe = RecipeReader.Read(null, [$"model_name_or_path={place}", $"export_quantization_dataset={_text}", "export_quantization_nsamples=8", "export_quantization_maxlen=64"]);
        CalibrationText text = CalibrationText.Read(recipe, written.Tokenizer, written.Decoder.MaxPositions, _ => { });
        Assert.Equal(1, CalibrationText.Perplexity(written.Decoder, text.Held, default) / report.RootElement.GetProperty("perplexity_after").GetDouble(), 1e-5);
    }

    [Fact]
    public void Eight_bits_change_next_to_nothing_and_two_bits_much()
    {
        double[] worst = new double[2];
        foreach ((int i, string type) in ((int, string)[])[(0, "gptq8"), (1, "gptq2")])
        {
            Assert.Equal(0, Run("quantize", _tiny.Folder, $"export_dir={Out(type)}", $"export_quantization_dataset={_text}", "export_quantization_nsamples=8", "export_quantization_maxlen=64", $"type={type}", "group_size=32").Code);
            using JsonDocument report = JsonDocument.Parse(File.ReadAllText(Path.Combine(Out(type), "quantization_report.json")));
            worst[i] = report.RootElement.GetProperty("layers").EnumerateArray().Max(l => l.GetProperty("output_error").GetDouble());
        }
        Assert.True(worst[0] < 0.02, $"8 bits: {worst[0]}");
        Assert.True(worst[1] > 5 * worst[0], $"2 bits: {worst[1]}");
    }

    [Fact]
    public void Quantize_verifies_what_it_wrote()
    {
        (int code, string output, string error) = Run("quantize", _tiny.Folder, $"export_dir={Out("v")}", "method=rtn", "type=gptq8", "group_size=32", "--verify");
        Assert.True(code == 0, output + error);
        Assert.Matches(@"verify      4 prompts, \d+ tokens, logits differ by", output);
        Assert.DoesNotContain("adapter ", output);
    }

    /// <summary>A small change on the grid that the base was rounded to before goes back to where it was, and that must be told.</summary>
    [Fact]
    public void An_export_tells_how_much_of_an_adapter_rounding_left()
    {
        string packed = Out("nf4"), adapter = Out("adapter");
        Assert.Equal(0, Run("quantize", _tiny.Folder, $"export_dir={packed}", "method=rtn", "type=nf4").Code);
        using (LanguageModel model = LanguageModel.Load(packed))
        {
            model.AddLora(new LoraOptions { Rank = 2 });
            foreach ((string name, Parameter parameter) in model.Trainables())
                if (name.Contains("lora_B", StringComparison.Ordinal)) parameter.Replace(Tensor.Full(model.Backend, parameter.Shape, 0.002));
            model.SaveAdapter(adapter);
        }
        double same = Kept("packed", out string told), fine = Kept("q8_0", out string quiet);
        Assert.True(same < 0.5, $"packed again: {same}");
        Assert.Contains("of what it changed is left: the base was rounded to nearly the same values before", told);
        Assert.InRange(fine, 0.75, 1.4);                                      // noise of 8 bits, a little of it along the change
        Assert.DoesNotContain("rounded to nearly", quiet);
        // A plain file needs no look at all.
        Assert.Equal(0, Run("export", adapter, $"export_dir={Out("f16")}", "--format", "f16").Code);
        Assert.True(File.Exists(Path.Combine(Out("f16"), "model-F16.gguf")));

        double Kept(string format, out string output)
        {
            (int code, output, string error) = Run("export", adapter, $"export_dir={Out(format)}", "--format", format);
            Assert.True(code == 0, error);
            using JsonDocument report = JsonDocument.Parse(File.ReadAllText(Path.Combine(Out(format), "quantization_report.json")));
            return report.RootElement.GetProperty("adapter_kept").GetDouble();
        }
    }

    [Fact]
    public void A_format_that_cannot_be_is_refused_before_anything_is_computed()
    {
        Assert.Contains("format: expected safetensors, gptq, awq,", Run("export", _tiny.Folder, $"export_dir={Out("x")}", "--format", "q4k").Error);
        Assert.Contains("format: 'packed' writes again what bitsandbytes or a GGUF file had, found a base that is not packed", Run("export", _tiny.Folder, $"export_dir={Out("x")}", "--format", "packed").Error);
        Assert.False(Directory.Exists(Out("x")));
    }

    [Fact]
    public void Export_takes_the_keys_of_llama_factory()
    {
        // Its groups are of 128 columns, which this model has not.
        (int code, _, string error) = Run("export", _tiny.Folder, $"export_dir={Out("lf")}", "export_quantization_bit=4", $"export_quantization_dataset={_text}", "export_quantization_nsamples=4", "export_quantization_maxlen=32");
        Assert.Equal(2, code);
        Assert.Contains("group_size: model.layers.0.self_attn.q_proj cannot be written as gptq: its 32 inputs are no multiple of group_size 128; use group_size=32", error);
        string wide = Out("wide");
        RandomCheckpoint.Write(wide, hidden: 128, intermediate: 256, layers: 1, heads: 4, kvHeads: 2, vocab: 320);
        (code, string output, error) = Run("export", wide, $"export_dir={Out("lf")}", "export_quantization_bit=4", $"export_quantization_dataset={_text}", "export_quantization_nsamples=4", "export_quantization_maxlen=32");
        Assert.True(code == 0, error);
        Assert.Contains("gptq by gptq, 4 bits, groups of 128, symmetric", output);
        using LanguageModel written = LanguageModel.Load(Out("lf"));
        Assert.True(written.IsQuantized);
    }

    [Theory]
    [InlineData("found 'gptk'; did you mean 'gptq'?", "type=gptk")]
    [InlineData("bits: expected 4, as in type=gptq4, found 3; leave one of the two out", "type=gptq4", "bits=3")]
    [InlineData("bits: expected 2, 3, 4, 8 with type 'gptq', found 5", "bits=5")]
    [InlineData("bits: expected 4 with type 'awq', found 8", "type=awq8")]
    [InlineData("method: expected gptq or rtn with type 'gptq', found 'awq'", "type=gptq", "method=awq")]
    [InlineData("type: not given", "method=rtn")]
    [InlineData("group_size: expected -1 for whole rows or a number from 1 on, found 0", "group_size=0")]
    [InlineData("group_size: model.layers.0.self_attn.q_proj cannot be written as gptq: its 32 inputs are no multiple of group_size 48; use group_size=32", "group_size=48", "export_quantization_dataset=TEXT")]
    [InlineData("type: model.layers.0.self_attn.k_proj cannot be written as gptq with 3 bits: its 16 outputs of 3 bits do not fill whole words of 32 bits; choose another type or number of bits", "type=gptq3", "group_size=16", "export_quantization_dataset=TEXT")]
    [InlineData("desc_act: is only read with method=gptq, found 'awq'", "type=awq", "desc_act=true")]
    [InlineData("sym: is only read with type gptq or awq, found 'nf4', whose blocks are fixed; leave it out", "method=rtn", "type=nf4", "sym=true")]
    [InlineData("group_size: is only read with type gptq or awq, found 'q8_0'", "method=rtn", "type=q8_0", "group_size=64")]
    [InlineData("damp_percent: expected a share above 0 and up to 1, found 3", "damp_percent=3")]
    [InlineData("checkpoint_format: expected gptq or gptq_v2, found 'marlin'", "checkpoint_format=marlin")]
    [InlineData("export_quantization_dataset: not given, and there is no dataset to read in its place", "type=gptq4", "group_size=32")]
    public void A_wrong_option_is_refused_in_a_sentence(string message, params string[] options)
    {
        (int code, _, string error) = Run(["quantize", _tiny.Folder, $"export_dir={Out("x")}", .. options.Select(o => o.Replace("TEXT", _text, StringComparison.Ordinal))]);
        Assert.Equal(2, code);
        Assert.Contains(message, error);
        Assert.False(Directory.Exists(Out("x")));
    }
}
