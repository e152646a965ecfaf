using System.Security.Cryptography;
using Pure.Tuner.Ascend;
using Pure.Tuner.Ascend.Simulator;

namespace Pure.Tuner.Tests;

/// <summary>Whole runs of a tiny model on a simulated card, by recipe, with a checkpoint after each update; one update of them with something that fails.</summary>
internal sealed class FaultRun : IDisposable
{
    private const int Updates = 2;
    private const string Weights = "adapter_model.safetensors";

    /// <summary>A run that takes longer hangs.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    // In memory where there is such a folder: thousands of small files are written and waited for.
    private readonly string _root = Directory.CreateDirectory(Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), "pure-tuner-faults-" + Path.GetRandomFileName())).FullName;
    private readonly Dictionary<string, byte[]> _resumed = new(StringComparer.Ordinal);
    private readonly byte[] _expected;
    private readonly string _first;
    private AscendBackend? _card;
    private int _tries;

    public FaultRun()
    {
        RandomCheckpoint.Write(Path.Combine(_root, "model"), hidden: 16, intermediate: 32, layers: 2, heads: 2, kvHeads: 1, vocab: 320);
        Directory.CreateDirectory(Path.Combine(_root, "data"));
        File.WriteAllText(Path.Combine(_root, "data", "dataset_info.json"), """{ "rows": { "file_name": "rows.json" } }""");
        File.WriteAllText(Path.Combine(_root, "data", "rows.json"), """[{ "instruction": "What colour is the sky?", "output": "Blue." }, { "instruction": "What colour is grass?", "output": "Green." }]""");
        File.WriteAllText(Path.Combine(_root, "recipe.yaml"), $"""
            model_name_or_path: {Path.Combine(_root, "model")}
            stage: sft
            do_train: true
            finetuning_type: lora
            lora_rank: 2
            lora_dropout: 0.1
            lora_target: all
            dataset: rows
            dataset_dir: {Path.Combine(_root, "data")}
            template: default
            cutoff_len: 24
            output_dir: {Path.Combine(_root, "whole")}
            logging_steps: 1
            save_steps: 1
            save_strategy: steps
            per_device_train_batch_size: 1
            gradient_accumulation_steps: 1
            learning_rate: 0.01
            max_steps: {Updates}
            plot_loss: false
            pure_tuner:
              device: npu:0
              answers: 0
            """);
        Assert.Null(Run("whole", "", keepFirst: "first"));
        _expected = File.ReadAllBytes(Path.Combine(_root, "whole", Weights));
        _first = Path.Combine(_root, "first");
        // What a run that goes on after the first update does, and that it gives the same bits.
        Copy(_first, "again");
        Assert.Null(Run("again", ""));
        Assert.Equal(_expected, File.ReadAllBytes(Path.Combine(_root, "again", Weights)));
        Counts = new[] { "plan", "launch", "copy", "alloc", "host" }.ToDictionary(w => w, Simulator.Count, StringComparer.Ordinal);
        Simulator.Reset();
    }

    /// <summary>How often each kind of thing is done by a run that loads, goes on with the second update, saves and ends.</summary>
    public IReadOnlyDictionary<string, long> Counts { get; }

    /// <summary>How many kinds of folder were gone on with.</summary>
    public int States => _resumed.Count;

    /// <summary>How many runs went through although something failed.</summary>
    public int Recovered { get; private set; }

    /// <summary>Runs the second update with a fault; what it left behind is gone on with on a healthy card, and gives the bits of the run that nothing disturbed.</summary>
    public void Try(string what, string n)
    {
        _tries++;                                   // every other one launches on the caller
        string name = $"{what}:{n}", output = Path.Combine(_root, "faulted");
        Copy(_first, "faulted");
        Exception? e = Run("faulted", name);
        Assert.True(Simulator.Injected is not null, $"{name}: nothing failed");
        if (e is null)
        {
            Recovered++;                            // a pool that is full gives back what is idle and asks again
            Assert.True(what == "alloc", $"{name}: {Simulator.Injected} failed and nobody was told");
            Assert.Equal(_expected, File.ReadAllBytes(Path.Combine(output, Weights)));
            return;
        }
        Assert.True(e.Message.Contains(Simulator.Injected!, StringComparison.Ordinal) && e is Ascend.AclException or OutOfMemoryException or UsageException { InnerException: not null }, $"{name}: {Simulator.Injected} failed, and the error is {e}");
        Assert.DoesNotContain('\n', e.Message);
        // The same files are gone on with in the same way: once is enough.
        string state = State(output);
        if (!_resumed.TryGetValue(state, out byte[]? weights))
        {
            Assert.Null(Run("faulted", ""));
            _resumed[state] = weights = File.ReadAllBytes(Path.Combine(output, Weights));
        }
        Assert.Equal(_expected, weights);
    }

    public void Dispose()
    {
        Simulator.Reset();
        Directory.Delete(_root, recursive: true);
    }

    /// <summary>Runs the recipe; what it threw. Nothing may be held afterwards.</summary>
    private Exception? Run(string output, string fault, string? keepFirst = null)
    {
        Simulator.Reset(new() { Fault = fault });
        _card = null;
        Breaches.Clear();
        Backends.SimulatedCard = id => _card = new AscendBackend(new Npu.Table(Simulator.Symbols()), new(id, Queue: _tries % 3), "simulated");
        Exception? thrown = null;
        try
        {
            Recipe recipe = RecipeReader.Read(Path.Combine(_root, "recipe.yaml"), [$"output_dir={Path.Combine(_root, output)}", "overwrite_output_dir=false"]);
            var run = new TrainingRun(recipe, new SilentReport())
            {
                OnStep = (step, _, _, _) =>
                {
                    if (keepFirst is not null && step == 1) Copy(Path.Combine(_root, output), keepFirst);       // as it was when the second update had been made, and not been saved
                },
            };
            Task task = Task.Factory.StartNew(() => thrown = Record.Exception(() => { run.Run(); }), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            Assert.True(task.Wait(s_limit), $"{fault}: the run hangs");
        }
        finally
        {
            Backends.SimulatedCard = null;
        }
        LeakReport leaks = Simulator.Leaks;
        Assert.True(leaks.Total == 0, $"{fault}: {leaks}; {thrown}");
        Assert.True(_card is null || (_card.LiveBlocks, _card.ForgottenBlocks) == (0, 0L), $"{fault}: {_card?.LiveBlocks} tensors are held, {_card?.ForgottenBlocks} were forgotten; {thrown}");
        Assert.DoesNotContain(Breaches.All, b => b.Rule.Length > 0 && Simulator.Rules.Single(r => r.Id == b.Rule).Code is "poison" or "leak");
        return thrown;
    }

    /// <summary>Copies a folder to one below the root, in place of what is there.</summary>
    private void Copy(string from, string to)
    {
        string target = Path.Combine(_root, to);
        if (Directory.Exists(target)) Directory.Delete(target, recursive: true);
        foreach (string folder in Directory.EnumerateDirectories(from, "*", SearchOption.AllDirectories).Prepend(from)) Directory.CreateDirectory(Path.Combine(target, Path.GetRelativePath(from, folder)));
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories).Where(f => Path.GetFileName(f) != ".lock")) File.Copy(file, Path.Combine(target, Path.GetRelativePath(from, file)));
    }

    /// <summary>Every file of a folder by name and the tensors by content: the rest tells times.</summary>
    private static string State(string folder) => string.Join(';', Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        .Select(f => Path.GetRelativePath(folder, f) + (f.EndsWith(".safetensors", StringComparison.Ordinal) ? "=" + Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(f))) : "")));
}
