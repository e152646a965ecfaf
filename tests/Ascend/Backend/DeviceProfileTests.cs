using System.Text.Json;

namespace Pure.Tuner.Tests;

/// <summary>What a profile tells of a card: times by its own clock, beside the host's, and memory.</summary>
[Trait("Category", "Unit"), Collection(SimulatorCollection.Name)]
public class DeviceProfileTests
{
    [Theory, InlineData(0), InlineData(1), InlineData(2)]
    public void Every_launch_has_its_time_and_belongs_to_an_operator(int mode)
    {
        const double LatencyMs = 0.1;
        using var stream = new MemoryStream();
        ProfileTable table;
        long launches;
        using (var npu = new Npu(new() { LatencyUs = 1000 * LatencyMs, Eager = true }, new(Queue: mode)))
        {
            SmallRun.Losses(npu.Backend, 1);
            long before = npu.Backend.Launches;
            using Profile profile = Profile.Begin(stream);
            SmallRun.Losses(npu.Backend, 2);
            launches = npu.Backend.Launches - before;
            npu.Backend.Dispose();                   // as a command does before its profile ends
            table = profile.Finish();
        }
        Assert.True(launches > 600, $"{launches} launches: events must be used again");
        Assert.Equal(launches, table.Device.Sum(r => r.Calls));
        long kernels = launches - table.Device.Where(r => r.Name.StartsWith("copy", StringComparison.Ordinal)).Sum(r => r.Calls);
        Assert.InRange(table.Device.Sum(r => r.Ms), kernels * LatencyMs * 0.8, table.TotalMs);
        Assert.All(table.Device, r => Assert.True(r.Ms > 0, r.Name));
        Assert.Contains(table.Device, r => r.Name == "Matmul");
        Assert.Contains(table.Device, r => r.Name == "copy to the card");
        double ofRows = table.Rows.Sum(r => r.DeviceMs), all = table.Device.Sum(r => r.Ms);
        Assert.InRange(ofRows, 0.8 * all, all * 1.0001);
        foreach (string op in (string[])["linear", "attention", "rms_norm", "optimizer"]) Assert.True(table.Rows.Where(r => r.Name == op).Sum(r => r.DeviceMs) > LatencyMs, op);
        Assert.All(table.Rows.Where(r => r.Direction == "backward" && r.Name == "linear"), r => Assert.True(r.DeviceMs > 0));

        string text = table.ToText();
        Assert.Contains("on card ms", text, StringComparison.Ordinal);
        Assert.Contains("\non the card ", text, StringComparison.Ordinal);
        Assert.Matches(@"\ncard memory \d+ MiB of tensors at most, \d+ MiB held of 4096; [0-9]+ operators planned, [0-9]+ launched as planned before\n", text);

        JsonElement events = JsonDocument.Parse(stream.ToArray()).RootElement.GetProperty("traceEvents");
        (decimal Start, decimal Time)[] spans = [.. events.EnumerateArray().Where(e => e.TryGetProperty("cat", out JsonElement cat) && cat.GetString() == "device").Select(e => (e.GetProperty("ts").GetDecimal(), e.GetProperty("dur").GetDecimal()))];
        Assert.Equal(launches, spans.Length);
        Assert.True(spans[0].Start >= 0);
        for (int i = 1; i < spans.Length; i++) Assert.True(spans[i].Start >= spans[i - 1].Start + spans[i - 1].Time - 1, $"span {i} begins before the one in front of it ends");
        Assert.True((double)(spans[^1].Start + spans[^1].Time) <= 1000 * table.TotalMs + 1000, "the card's clock runs with the host's");
    }

    /// <summary>A library that gives no time ends the times, not the training; the table says it.</summary>
    [Theory, InlineData(1), InlineData(700)]
    public void Times_that_are_refused_end_no_training(int at)
    {
        using var npu = new Npu(new() { Fault = $"time:{at}" });
        using Profile profile = Profile.Begin();
        (double Loss, double Norm)[] losses = SmallRun.Losses(npu.Backend, 3);
        Assert.All(losses, l => Assert.True(double.IsFinite(l.Loss)));
        ProfileTable table = profile.Finish();
        Assert.Equal(at > 1, table.Device.Count > 0);
        Assert.Contains("the card's times end early: ", table.ToText(), StringComparison.Ordinal);
    }

    /// <summary>A copy meets a fault of the card while its times are made room for: later calls meet that fault too, and nothing hangs.</summary>
    [Fact]
    public void A_fault_behind_a_mark_stays_the_error()
    {
        using var npu = new Npu(new() { Fault = "launch:1" });
        using Tensor x = Tensor.Empty(npu.Backend, [4]), y = Tensor.Empty(npu.Backend, [4]);
        npu.Backend.Fill(x, 1);                      // faults later
        using Profile profile = Profile.Begin();
        string[] said = [.. Enumerable.Range(0, 2).Select(_ => Assert.Throws<Ascend.AclException>(() => npu.Backend.Copy(x, y)).Message)];
        Assert.Equal(said[0], said[1]);
    }

    [Fact]
    public void Memory_is_counted_at_its_highest_whoever_holds_it()
    {
        using var npu = new Npu();
        SmallRun.Losses(npu.Backend, 1);
        long most = npu.Backend.MostMemory;
        Assert.True(most >= npu.Backend.PeakBytes + 2048 * 2048, "the mask of attention lies beside the tensors");
        using (Tensor large = Tensor.Empty(npu.Backend, [3 << 20])) Assert.True(npu.Backend.MostMemory >= 12 << 20);
        most = npu.Backend.MostMemory;
        npu.Backend.Trim();
        Assert.Equal(most, npu.Backend.MostMemory);
    }
}
