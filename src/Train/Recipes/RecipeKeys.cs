using System.Reflection;
using System.Text;
using System.Text.Json;

namespace Pure.Tuner;

/// <summary>What happens with a known key.</summary>
internal enum RecipeKeyStatus
{
    /// <summary>A property of <see cref="Recipe"/>.</summary>
    Supported,
    /// <summary>Any value of the right type is taken and changes nothing.</summary>
    Accepted,
    /// <summary>Only its default is taken.</summary>
    Refused,
}

/// <summary>A key that recipes may have.</summary>
/// <param name="Name">As written.</param>
/// <param name="Status">What happens with it.</param>
/// <param name="Why">For keys that are not supported: why it changes nothing, or what to do instead.</param>
/// <param name="Fine">For keys that are not supported: the default first, then what means the same.</param>
/// <param name="Property">For supported keys: where it goes.</param>
internal sealed record RecipeKey(string Name, RecipeKeyStatus Status, string Why, IReadOnlyList<object?> Fine, PropertyInfo? Property)
{
    /// <summary>For keys that are accepted without effect: the words they may have; none where any will do.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>The value when the recipe does not say.</summary>
    public object? Default => Fine[0];
}

/// <summary>Every key of LLaMA-Factory and of Hugging Face's TrainingArguments: the properties of <see cref="Recipe"/>, and the table keys.json.</summary>
internal static class RecipeKeys
{
    private static readonly Dictionary<string, RecipeKey> s_own = OfType(typeof(PureTunerOptions), new PureTunerOptions()).ToDictionary(k => k.Name);
    private static readonly Dictionary<string, string> s_renamed = [];
    private static readonly Dictionary<string, string> s_dropped = [];
    private static readonly Dictionary<string, RecipeKey> s_keys = Read();

    public static IEnumerable<RecipeKey> All => s_keys.Values;
    public static RecipeKey? Find(string name) => s_keys.GetValueOrDefault(name);
    public static RecipeKey? FindOwn(string name) => s_own.GetValueOrDefault(name);

    /// <summary>Old spelling to new one.</summary>
    public static IReadOnlyDictionary<string, string> Renamed => s_renamed;

    /// <summary>Old keys that no longer mean anything, and why.</summary>
    public static IReadOnlyDictionary<string, string> Dropped => s_dropped;

    /// <summary>The known key that is spelled most like this one.</summary>
    private const int MostLetters = 100;

    public static string Nearest(string name) => NearestOf(name, s_keys.Keys.Concat(s_renamed.Keys).Append("pure_tuner"));

    public static string NearestOwn(string name) => NearestOf(name, s_own.Keys);

    /// <summary>The known name with the fewest letters to change.</summary>
    public static string NearestOf(string name, IEnumerable<string> known)
    {
        string begin = name.Length <= MostLetters ? name : name[..MostLetters];   // the work grows with the length, and no name is so long
        return known.MinBy(k => (Distance(begin, k), k.Length))!;
    }

    /// <summary>"LoraRank" to "lora_rank".</summary>
    public static string KeyName(string property)
    {
        var key = new StringBuilder();
        foreach (char c in property)
        {
            if (char.IsAsciiLetterUpper(c) && key.Length > 0) key.Append('_');
            key.Append(char.ToLowerInvariant(c));
        }
        return key.ToString();
    }

    private static IEnumerable<RecipeKey> OfType(Type type, object defaults) =>
        from p in type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
        where p.CanWrite && p.Name is not nameof(Recipe.Notices) and not nameof(Recipe.PureTuner)
        select new RecipeKey(KeyName(p.Name), RecipeKeyStatus.Supported, "", [p.GetValue(defaults)], p);

    private static Dictionary<string, RecipeKey> Read()
    {
        Dictionary<string, RecipeKey> keys = OfType(typeof(Recipe), new Recipe()).ToDictionary(k => k.Name);
        using Stream stream = typeof(RecipeKeys).Assembly.GetManifestResourceStream("Pure.Tuner.Recipes.keys.json")!;
        using JsonDocument json = JsonDocument.Parse(stream);
        foreach ((string part, RecipeKeyStatus status) in new[] { ("accepted", RecipeKeyStatus.Accepted), ("refused", RecipeKeyStatus.Refused) })
            foreach (JsonElement group in json.RootElement.GetProperty(part).EnumerateArray())
                foreach (JsonProperty key in group.GetProperty("keys").EnumerateObject())
                {
                    object?[] fine = key.Value.ValueKind == JsonValueKind.Object ? [.. key.Value.GetProperty("any").EnumerateArray().Select(Bare)] : [Bare(key.Value)];
                    string[] words = key.Value.ValueKind == JsonValueKind.Object && key.Value.TryGetProperty("of", out JsonElement of) ? [.. of.EnumerateArray().Select(w => w.GetString()!)] : [];
                    keys.Add(key.Name, new RecipeKey(key.Name, status, group.GetProperty("why").GetString()!, fine, null) { Words = words });
                }
        foreach (JsonProperty key in json.RootElement.GetProperty("renamed").EnumerateObject()) s_renamed.Add(key.Name, key.Value.GetString()!);
        foreach (JsonProperty key in json.RootElement.GetProperty("dropped").EnumerateObject()) s_dropped.Add(key.Name, key.Value.GetString()!);
        return keys;
    }

    private static object? Bare(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number => json.TryGetInt64(out long whole) && !json.GetRawText().Contains('.', StringComparison.Ordinal) ? whole : json.GetDouble(),
        JsonValueKind.Array => json.EnumerateArray().Select(Bare).ToList(),
        _ => json.GetString(),
    };

    /// <summary>Insertions, deletions, replacements and swaps of neighbours.</summary>
    public static int Distance(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++) d[i, 0] = i;
        for (int j = 0; j <= b.Length; j++) d[0, j] = j;
        for (int i = 1; i <= a.Length; i++)
            for (int j = 1; j <= b.Length; j++)
            {
                int cost = a[i - 1] == b[j - 1] ? 0 : 1;
                d[i, j] = Math.Min(Math.Min(d[i - 1, j] + 1, d[i, j - 1] + 1), d[i - 1, j - 1] + cost);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
            }
        return d[a.Length, b.Length];
    }
}
