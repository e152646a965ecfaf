using System.Text.Json;
using Pure.Tuner.Cli;

namespace Pure.Tuner.Tests;

[Trait("Category", "Cli")]
public class DoctorTests
{
    private static (int Code, string Output, string Error) Run(params string[] args)
    {
        StringWriter output = new(), error = new();
        int code = Shell.Run(args, output, error);
        return (code, output.ToString(), error.ToString());
    }

    [Fact]
    public void Doctor_names_machine_devices_and_what_fits()
    {
        (int code, string output, string error) = Run("doctor", "--tokens", "64", "--threads", "1");
        Assert.Equal((0, ""), (code, error));
        foreach (string part in new[] { "processor", "vectors", "GFLOP/s in matrix multiply", "GB/s reading memory", "memory", "disk", ".NET 10", "cpu          ready", "opencl", "npu", "this backend is not built yet", "no CANN toolkit", "rows of 64 tokens", "estimated" })
            Assert.Contains(part, output);
        foreach (ModelShape shape in ModelShape.All) Assert.Contains(shape.Size, output);
        foreach (FitMethod method in FitMethod.All) Assert.Equal(2, output.Split('\n').Count(l => l.StartsWith($"  {method.Name,-18}", StringComparison.Ordinal)));
        Assert.Matches(@"\n  lora {14} +(fits|needs) \d", output);
    }

    [Fact]
    public void Json_says_the_same_in_numbers()
    {
        (int code, string output, _) = Run("doctor", "--json", "--tokens", "64", "--threads", "1");
        Assert.Equal(0, code);
        using JsonDocument document = JsonDocument.Parse(output);
        JsonElement root = document.RootElement;
        Assert.Equal((64, 1), (root.GetProperty("tokens").GetInt32(), root.GetProperty("threads").GetInt32()));
        Assert.True(root.GetProperty("gflops").GetDouble() > 0 && root.GetProperty("readGBPerSecond").GetDouble() > 0);
        long memory = root.GetProperty("memoryBytes").GetInt64();
        JsonElement[] models = [.. root.GetProperty("models").EnumerateArray()];
        Assert.Equal(ModelShape.All.Count * FitMethod.All.Count, models.Length);
        Assert.All(models, m => Assert.Equal(m.GetProperty("bytes").GetInt64() <= memory, m.GetProperty("fits").GetBoolean()));
        Assert.All(models, m => Assert.True(m.GetProperty("tokensPerSecond").GetDouble() > 0));
        foreach (IGrouping<string, JsonElement> method in models.GroupBy(m => m.GetProperty("method").GetString()!))
        {
            long[] bytes = [.. method.Select(m => m.GetProperty("bytes").GetInt64())];
            Assert.Equal(bytes.Order(), bytes);                            // larger models take more
        }
        Assert.Contains(root.GetProperty("devices").EnumerateArray(), d => d.GetProperty("name").GetString() == "cpu" && d.GetProperty("usable").GetBoolean());
    }

    [Fact]
    public void Without_a_toolkit_the_card_is_told_with_the_cure()
    {
        (int code, _, string error) = Run("doctor", "--device", "npu");
        Assert.Equal(2, code);
        Assert.Contains("no CANN toolkit", error);
        Assert.Contains("ASCEND_HOME_PATH", error);
        (code, _, error) = Run("generate", Path.Combine(Repository.Root, "examples", "quickstart", "model"), "--prompt", "x", "--device", "npu:1", "--strict-device");
        Assert.Equal(2, code);
        Assert.Contains("no CANN toolkit", error);
    }

    [Fact]
    public void Known_cards_are_listed_without_one()
    {
        (int code, string output, _) = Run("ops", "cover", "--cards");
        Assert.Equal(0, code);
        Assert.Contains("| attention | f32 | composition | kernel | kernel | composition |", output);
        Assert.Contains("| matmul | bf16 | host | kernel | kernel | host |", output);
    }

    [Fact]
    public void A_wrong_option_is_told_with_its_name()
    {
        (int code, _, string error) = Run("doctor", "--tokns", "64");
        Assert.Equal(2, code);
        Assert.Contains("tokns", error);
        Assert.Contains("at least 1", Run("doctor", "--tokens", "0").Error);
    }
}
