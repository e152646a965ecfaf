using System.Buffers.Binary;
using System.Text;

namespace Pure.Tuner.Tests;

[Trait("Category", "Unit")]
public sealed class RunLogTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("runlog").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Event_files_hold_what_was_logged()
    {
        var clock = new FixedClock(new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero));
        string path;
        using (var log = new TensorBoardLog(_folder, null, "my run/1", clock))
        {
            log.Begin("learning_rate: 0.001", 0);
            path = log.Path;
            log.Log(3, new Dictionary<string, double> { ["loss"] = 1.5, ["learning_rate"] = 1e-4, ["eval_loss"] = 2.5, ["eval_rewards/accuracies"] = 0.25 });
            // Others read while the run goes on.
            Assert.Equal(6, Events(path).Count);
        }
        Assert.Equal($"Mar04_05-06-07_{Environment.MachineName}_my-run-1", Path.GetFileName(Path.GetDirectoryName(path)));
        Assert.Equal($"events.out.tfevents.1772600767.{Environment.MachineName}.{Environment.ProcessId}.0", Path.GetFileName(path));
        List<Event> events = Events(path);
        Assert.Equal("brain.Event:2", events[0].Version);
        Assert.All(events, e => Assert.Equal(1772600767, e.WallTime));
        Assert.Equal(("args/text_summary", "learning_rate: 0.001", "text"), (events[1].Tag, events[1].Text, events[1].Plugin));
        Assert.Equal([("train/loss", 3L, 1.5f), ("train/learning_rate", 3L, 1e-4f), ("eval/loss", 3L, 2.5f), ("eval/rewards/accuracies", 3L, 0.25f)], events.Skip(2).Select(e => (e.Tag, e.Step, e.Value)));
    }

    [Fact]
    public void A_run_that_goes_on_opens_a_new_file_beside_the_old_one_and_takes_back_later_steps()
    {
        using (var log = new TensorBoardLog(_folder)) log.Begin("", 0);
        using (var log = new TensorBoardLog(_folder))
        {
            log.Begin("", 10);
            log.Log(11, new Dictionary<string, double> { ["loss"] = 1 });
            List<Event> events = Events(log.Path);
            Assert.Equal((11L, 1L), (events[1].Step, events[1].SessionStatus));
        }
        string run = Assert.Single(Directory.GetDirectories(Path.Combine(_folder, "runs")));
        Assert.Equal(2, Directory.GetFiles(run).Length);
        string own = Path.Combine(_folder, "own", "place");
        using (var log = new TensorBoardLog(_folder, own)) log.Begin("", 0);
        Assert.Single(Directory.GetFiles(own));
        File.WriteAllText(Path.Combine(_folder, "file"), "");
        using var bad = new TensorBoardLog(_folder, Path.Combine(_folder, "file"));
        Assert.StartsWith("logging_dir: ", Assert.Throws<UsageException>(() => bad.Begin("", 0)).Message);
    }

    [Fact]
    public void Checksums_are_crc32c_masked()
    {
        // "123456789" has the check value e3069283; the mask turns it by 15 and adds a282ead8.
        Assert.Equal(0xe3069283u, Unmask(TensorBoardLog.MaskedChecksum("123456789"u8)));
        Assert.Equal(0xa282ead8u, TensorBoardLog.MaskedChecksum([]));
    }

    [Fact]
    public void A_table_has_a_line_for_each_entry()
    {
        string path = Path.Combine(_folder, "trainer_log.csv");
        using (var log = new CsvLog(_folder))
        {
            log.Begin("", 0);
            log.Log(1, new Dictionary<string, double> { ["epoch"] = 0.5, ["loss"] = 2.5, ["grad_norm"] = 1, ["learning_rate"] = 1e-5 });
            log.Log(2, new Dictionary<string, double> { ["epoch"] = 1, ["eval_loss"] = 2, ["eval_accuracy"] = 0.25, ["eval_runtime"] = 3 });
            log.Log(2, new Dictionary<string, double> { ["epoch"] = 1, ["train_loss"] = 2 });
            const string head = "step,epoch,loss,grad_norm,learning_rate,eval_loss,eval_accuracy,tokens_per_second\n";
            Assert.Equal(head + "1,0.5,2.5,1.0,1e-05,,,\n2,1.0,,,,2.0,0.25,\n", File.ReadAllText(path));
        }
        using (var log = new CsvLog(_folder))
        {
            log.Begin("", 1);
            log.Log(2, new Dictionary<string, double> { ["loss"] = 1 });
        }
        Assert.Equal(["1,0.5,2.5,1.0,1e-05,,,", "2,,1.0,,,,,"], File.ReadAllLines(path).Skip(1));
        using (var log = new CsvLog(_folder)) log.Begin("", 0);
        Assert.Single(File.ReadAllLines(path));
    }

    [Fact]
    public void What_a_run_logs_is_written_everywhere()
    {
        Recipe recipe = RecipeReader.Parse($"report_to: all\noutput_dir: {_folder}");
        var state = new TrainerState { MaxSteps = 2, GlobalStep = 0 };
        using (var recorder = new RunRecorder(recipe, state))
        {
            (state.GlobalStep, state.Epoch) = (1, 0.5);
            recorder.Step(TimeSpan.FromSeconds(1), 2.5, 1.5, 0.1, 1000, new Dictionary<string, double> { ["rewards/accuracies"] = 0.75 });
            (state.GlobalStep, state.Epoch) = (2, 1);
            recorder.Evaluation(TimeSpan.FromSeconds(2), new Dictionary<string, object?> { ["eval_loss"] = 2.0, ["eval_runtime"] = 1.0 });
            recorder.Finish(TimeSpan.FromSeconds(2), new TrainResults(1, 1e9, 2.5, TimeSpan.FromSeconds(2), 8, 2));
        }
        string[] lines = File.ReadAllLines(Path.Combine(_folder, "trainer_log.jsonl"));
        Assert.Contains("\"loss\": 2.5, \"accuracy\": 0.75, \"lr\": 0.1, \"epoch\": 0.5", lines[0]);
        Assert.Contains("\"total_steps\": 2, \"eval_loss\": 2.0, \"epoch\": 1.0, \"percentage\": 100.0", lines[1]);
        Assert.Contains("\"total_steps\": 2, \"epoch\": 1.0, \"percentage\": 100.0", lines[2]);
        Assert.Equal(["1,0.5,2.5,1.5,0.1,,,1000.0", "2,1.0,,,,2.0,,"], File.ReadAllLines(Path.Combine(_folder, "trainer_log.csv")).Skip(1));
        Assert.Equal(3, state.LogHistory.Count);
        List<Event> events = Events(Directory.GetFiles(Path.Combine(_folder, "runs"), "*", SearchOption.AllDirectories).Single());
        Assert.Contains("output_dir", events[1].Text);
        Assert.Equal(["train/epoch", "train/loss", "train/learning_rate", "train/grad_norm", "train/rewards/accuracies", "train/tokens_per_second", "eval/loss", "eval/runtime", "train/epoch",
            "train/epoch", "train/total_flos", "train/train_loss", "train/train_runtime", "train/train_samples_per_second", "train/train_steps_per_second"], events.Skip(2).Select(e => e.Tag));
    }

    [Theory]
    [InlineData("none", "")]
    [InlineData("all", "csv,tensorboard")]
    [InlineData("tensorboard", "tensorboard")]
    [InlineData("[csv, tensorboard]", "csv,tensorboard")]
    [InlineData("csv,tensorboard", "csv,tensorboard")]
    [InlineData("null", "")]
    [InlineData("[]", "")]
    public void The_recipe_chooses_the_logs(string value, string logs)
    {
        Recipe recipe = RecipeReader.Parse($"report_to: {value}\noutput_dir: {_folder}");
        Assert.Equal(logs, string.Join(',', ReportTo.Resolve(recipe.ReportTo).Order(StringComparer.Ordinal)));
        using RunLog log = RunLog.For(recipe);
        log.Begin(RecipeWriter.ToYaml(recipe), 0);
        log.Log(1, RunLog.Numbers(new Dictionary<string, object?> { ["loss"] = 1.0, ["step"] = 1, ["note"] = "x" }));
        Assert.Equal(logs.Contains("csv", StringComparison.Ordinal), File.Exists(Path.Combine(_folder, "trainer_log.csv")));
        Assert.Equal(logs.Contains("tensorboard", StringComparison.Ordinal), Directory.Exists(Path.Combine(_folder, "runs")));
        Assert.DoesNotContain("step", RunLog.Numbers(new Dictionary<string, object?> { ["step"] = 1 }).Keys);
    }

    [Theory]
    [InlineData("report_to: wandb", "recipe:1: report_to: nothing is sent to 'wandb' from here; write 'report_to: tensorboard'")]
    [InlineData("report_to: [tensorboard, mlflow]", "nothing is sent to 'mlflow'")]
    [InlineData("report_to: dvclive", "nothing is sent to 'dvclive'")]
    [InlineData("report_to: tensorbord", "did you mean 'tensorboard'?")]
    [InlineData("report_to: [none, csv]", "'none' cannot stand beside other names")]
    [InlineData("use_swanlab: true", "nothing is sent to SwanLab from here; write 'report_to: tensorboard'")]
    public void Services_are_refused_with_what_to_do_instead(string recipe, string message) =>
        Assert.Contains(message, Assert.Throws<UsageException>(() => RecipeReader.Parse(recipe, "recipe")).Message);

    private static uint Unmask(uint masked) => System.Numerics.BitOperations.RotateLeft(masked - 0xa282ead8u, 15);

    private sealed class FixedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;
    }

    private sealed record Event(double WallTime, long Step, string? Version, string? Tag, float Value, string? Text, string? Plugin, long SessionStatus);

    /// <summary>A reader of its own: frames with both checksums, then fields by number and wire type.</summary>
    private static List<Event> Events(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        var events = new List<Event>();
        for (int at = 0; at < bytes.Length;)
        {
            int length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at));
            Assert.Equal(Crc(bytes.AsSpan(at, 8)), Unmask(BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 8))));
            byte[] data = bytes[(at + 12)..(at + 12 + length)];
            Assert.Equal(Crc(data), Unmask(BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 12 + length))));
            at += length + 16;
            ILookup<int, object> e = Fields(data);
            ILookup<int, object> Inside(ILookup<int, object> message, int field) => Fields(message[field].Cast<byte[]>().FirstOrDefault() ?? []);
            string? Text(ILookup<int, object> message, int field) => message[field].Cast<byte[]>().Select(Encoding.UTF8.GetString).FirstOrDefault();
            ILookup<int, object> value = Inside(Inside(e, 5), 1), tensor = Inside(value, 8);
            if (tensor.Any())
            {
                Assert.Equal(7L, tensor[1].Single());                                       // DT_STRING
                Assert.Equal(1L, Inside(Inside(tensor, 2), 2)[1].Single());                  // one element
            }
            events.Add(new Event((double)e[1].Single(), (long)(e[2].FirstOrDefault() ?? 0L), Text(e, 3), Text(value, 1), (float)(value[2].FirstOrDefault() ?? 0f),
                Text(tensor, 8), Text(Inside(Inside(value, 9), 1), 1), (long)(Inside(e, 7)[1].FirstOrDefault() ?? 0L)));
        }
        return events;
    }

    private static ILookup<int, object> Fields(byte[] data)
    {
        var fields = new List<(int Field, object Value)>();
        int at = 0;
        ulong Varint()
        {
            ulong value = 0;
            for (int shift = 0; ; shift += 7)
            {
                value |= (ulong)(data[at] & 0x7f) << shift;
                if (data[at++] < 0x80) return value;
            }
        }
        while (at < data.Length)
        {
            int tag = (int)Varint();
            switch (tag & 7)
            {
                case 0: fields.Add((tag >> 3, (long)Varint())); break;
                case 1:
                    fields.Add((tag >> 3, BitConverter.ToDouble(data, at)));
                    at += 8;
                    break;
                case 2:
                    int length = (int)Varint();
                    fields.Add((tag >> 3, data[at..(at + length)]));
                    at += length;
                    break;
                case 5:
                    fields.Add((tag >> 3, BitConverter.ToSingle(data, at)));
                    at += 4;
                    break;
                default: Assert.Fail($"wire type {tag & 7}"); break;
            }
        }
        return fields.ToLookup(f => f.Field, f => f.Value);
    }

    /// <summary>CRC-32C bit by bit: polynomial 1edc6f41, reflected.</summary>
    private static uint Crc(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in data)
        {
            crc ^= b;
            for (int k = 0; k < 8; k++) crc = (crc >> 1) ^ (0x82f63b78u & (0u - (crc & 1)));
        }
        return ~crc;
    }
}
