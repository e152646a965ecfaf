using System.Runtime.InteropServices;
using System.Text.Json;

namespace Pure.Tuner.Tests;

/// <summary>One golden case: what to do (case.json) and what must come out (expected.safetensors).</summary>
/// <remarks>Reads safetensors with a few lines of its own: the judge does not use the code under judgement.</remarks>
public sealed class GoldenCase
{
    private readonly JsonElement _case;
    private readonly Lazy<Dictionary<string, GoldenTensor>> _tensors;

    private GoldenCase(string folder, JsonElement json)
    {
        Folder = folder;
        _case = json;
        _tensors = new(() => ReadTensors(System.IO.Path.Combine(Folder, "expected.safetensors")));
    }

    public string Folder { get; }
    public string Area => new DirectoryInfo(Folder).Parent!.Name;
    public string Name => new DirectoryInfo(Folder).Name;
    public string Kind => _case.GetProperty("kind").GetString()!;
    public JsonElement Json => _case;
    public JsonElement Settings => _case.GetProperty("settings");
    public IReadOnlyDictionary<string, GoldenTensor> Tensors => _tensors.Value;
    public GoldenTensor this[string name] => Tensors.TryGetValue(name, out GoldenTensor? t) ? t : throw new KeyNotFoundException($"{Area}/{Name}: expected.safetensors has no '{name}'");
    public bool Has(string name) => Tensors.ContainsKey(name);
    public string Path(string relative) => System.IO.Path.GetFullPath(relative, Folder);
    public int Tier => _case.TryGetProperty("tier", out JsonElement tier) ? tier.GetInt32() : Settings.TryGetProperty("tier", out tier) ? tier.GetInt32() : 1;

    /// <summary>When set, floats are not judged element by element but gathered here; ids that differ are no fault.</summary>
    public GoldenDistances? Distances { get; set; }

    public static GoldenCase Load(string folder) =>
        new(folder, JsonDocument.Parse(File.ReadAllBytes(System.IO.Path.Combine(folder, "case.json"))).RootElement);

    /// <summary>Every folder below the root that holds a case.json, as "area/case"; empty when the root is missing.</summary>
    public static IEnumerable<string> List() => !Directory.Exists(Repository.GoldenRoot) ? [] :
        Directory.EnumerateFiles(Repository.GoldenRoot, "case.json", SearchOption.AllDirectories)
            .Select(f => System.IO.Path.GetRelativePath(Repository.GoldenRoot, System.IO.Path.GetDirectoryName(f)!).Replace('\\', '/'))
            .Where(n => Environment.GetEnvironmentVariable("GOLDEN_FILTER") is not { Length: > 0 } filter || n.Contains(filter, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);

    /// <summary>abs(x - y) &lt;= abs + rel * abs(y) for every element, by the rule of the golden README.</summary>
    public (double Abs, double Rel) Tolerance(string name)
    {
        JsonElement chosen = default;
        if (_case.TryGetProperty("tolerance_by_name", out JsonElement byName))
        {
            int best = -1;
            foreach (JsonProperty p in byName.EnumerateObject())
            {
                int length = p.Name == name ? int.MaxValue : name.StartsWith(p.Name, StringComparison.Ordinal) ? p.Name.Length : -1;
                if (length > best) (best, chosen) = (length, p.Value);
            }
        }
        if (chosen.ValueKind == JsonValueKind.Undefined && !_case.TryGetProperty("tolerance", out chosen)) return (0, 0);
        return (chosen.GetProperty("abs").GetDouble(), chosen.GetProperty("rel").GetDouble());
    }

    /// <summary>Fails with the first and the worst difference when <paramref name="actual"/> is outside the tolerance of <paramref name="name"/>.</summary>
    public void Check(string name, ReadOnlySpan<float> actual)
    {
        var wide = new double[actual.Length];
        for (int i = 0; i < wide.Length; i++) wide[i] = actual[i];
        Check(name, wide);
    }

    public void Check(string name, ReadOnlySpan<double> actual)
    {
        GoldenTensor expected = this[name];
        double[] y = expected.Doubles();
        Assert.True(actual.Length == y.Length, $"{name}: {actual.Length} elements where {y.Length} are expected ([{string.Join(", ", expected.Shape)}])");
        if (Distances is not null && !expected.IsInteger)
        {
            Distances.Add(name, actual, y);
            return;
        }
        (double abs, double rel) = expected.IsInteger ? (0, 0) : Tolerance(name);
        double worst = 0;
        int at = -1;
        for (int i = 0; i < y.Length; i++)
        {
            if (double.IsNaN(y[i]) && double.IsNaN(actual[i]) || y[i].Equals(actual[i])) continue;
            double excess = Math.Abs(actual[i] - y[i]) - (abs + rel * Math.Abs(y[i]));
            if (!(excess <= 0) && (at < 0 || !(excess <= worst))) (worst, at) = (excess, i);
        }
        Assert.True(at < 0, at < 0 ? "" : $"{name}[{at}] of [{string.Join(", ", expected.Shape)}]: {actual[at]:R} where {y[at]:R} is expected (tolerance abs {abs}, rel {rel})");
    }

    public void Check(string name, ReadOnlySpan<int> actual)
    {
        long[] y = this[name].Longs();
        if (Distances is not null) return;
        Assert.True(actual.Length == y.Length, $"{name}: {actual.Length} elements where {y.Length} are expected");
        for (int i = 0; i < y.Length; i++) Assert.True(y[i] == actual[i], $"{name}[{i}]: {actual[i]} where {y[i]} is expected");
    }

    public static Dictionary<string, GoldenTensor> ReadTensors(string file)
    {
        var tensors = new Dictionary<string, GoldenTensor>();
        if (!File.Exists(file)) return tensors;
        byte[] bytes = File.ReadAllBytes(file);
        int header = checked((int)BitConverter.ToInt64(bytes));
        using JsonDocument json = JsonDocument.Parse(bytes.AsMemory(8, header));
        foreach (JsonProperty p in json.RootElement.EnumerateObject())
        {
            if (p.Name == "__metadata__") continue;
            int[] offsets = [.. p.Value.GetProperty("data_offsets").EnumerateArray().Select(o => o.GetInt32())];
            tensors[p.Name] = new GoldenTensor(p.Value.GetProperty("dtype").GetString()!,
                [.. p.Value.GetProperty("shape").EnumerateArray().Select(d => d.GetInt32())],
                bytes.AsMemory(8 + header + offsets[0], offsets[1] - offsets[0]));
        }
        return tensors;
    }
}

/// <summary>A tensor of a golden file, as stored.</summary>
public sealed record GoldenTensor(string DType, int[] Shape, ReadOnlyMemory<byte> Bytes)
{
    public int Count => Shape.Aggregate(1, (a, b) => a * b);
    public bool IsInteger => DType is "I64" or "I32" or "I16" or "I8" or "U8" or "BOOL" or "U16" or "U32";

    public double[] Doubles()
    {
        var y = new double[Count];
        ReadOnlySpan<byte> b = Bytes.Span;
        for (int i = 0; i < y.Length; i++)
            y[i] = DType switch
            {
                "F64" => MemoryMarshal.Cast<byte, double>(b)[i],
                "F32" => MemoryMarshal.Cast<byte, float>(b)[i],
                "F16" => (double)MemoryMarshal.Cast<byte, Half>(b)[i],
                "BF16" => MemoryMarshal.Cast<byte, BFloat16>(b)[i],
                "I64" => MemoryMarshal.Cast<byte, long>(b)[i],
                "I32" => MemoryMarshal.Cast<byte, int>(b)[i],
                "I16" => MemoryMarshal.Cast<byte, short>(b)[i],
                "I8" => (sbyte)b[i],
                "U8" or "BOOL" => b[i],
                _ => throw new NotSupportedException(DType),
            };
        return y;
    }

    public float[] Floats() => Array.ConvertAll(Doubles(), d => (float)d);
    public long[] Longs() => DType == "I64" ? MemoryMarshal.Cast<byte, long>(Bytes.Span).ToArray() : Array.ConvertAll(Doubles(), d => (long)d);
    public int[] Ints() => Array.ConvertAll(Longs(), d => checked((int)d));
}
