using System.Globalization;
using System.Reflection;
using System.Text.Json;

namespace Pure.Tuner;

/// <summary>Turns the values of a recipe into the types of its properties, and says in one line what is wrong where it cannot.</summary>
internal static class RecipeBinder
{
    /// <summary>Sets the property of a key.</summary>
    /// <exception cref="UsageException">The value is of another type, outside the range, or not one of the known words.</exception>
    public static void Set(object target, RecipeKey key, RecipeValue value)
    {
        PropertyInfo property = key.Property!;
        object? converted = Convert(property, key, value);
        if (converted is not null) Check(property, key, value, converted);
        property.SetValue(target, converted);
    }

    /// <summary>Whether a value of a key without property is its default or means the same.</summary>
    public static bool IsFine(RecipeKey key, RecipeValue value) => key.Fine.Any(f => Same(f, value.Bare()));

    /// <summary>Whether a value could be of the type of the key's default.</summary>
    public static bool FitsType(RecipeKey key, RecipeValue value) => key.Default switch
    {
        bool => ToBool(value.Value) is not null,
        long or double => value.Value is null || ToNumber(value.Value) is not null,
        _ => true,
    };

    private static bool Same(object? a, object? b) => (a, b) switch
    {
        (null, null) => true,
        (null, "") or ("", null) => true,
        (null, false) => false,
        (bool x, _) => ToBool(b) == x,
        (long or double, _) => ToNumber(b) is { } y && ToNumber(a) == y,
        (string x, string y) => string.Equals(x, y, StringComparison.OrdinalIgnoreCase),
        ("no", false) => true,
        (List<object?> x, List<object?> y) => x.Count == y.Count && x.Zip(y).All(p => Same(p.First, p.Second)),
        _ => false,
    };

    private static object? Convert(PropertyInfo property, RecipeKey key, RecipeValue value)
    {
        Type type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        object? v = value.Value;
        if (v is null && key.Name == "device" && value.Text == "null") return "null";      // the device of that name, not the absence of one
        if (v is null)
        {
            if (Nullable.GetUnderlyingType(property.PropertyType) is not null || type == typeof(string) && key.Default is null) return null;
            return key.Default;
        }
        if (type == typeof(bool)) return ToBool(v) ?? throw Fault(key, value, "expected true or false", $"write '{key.Name}: true'");
        if (type == typeof(int) || type == typeof(long))
        {
            if (ToNumber(v) is not { } whole || whole != Math.Truncate(whole)) throw Fault(key, value, "expected a whole number", $"write for example '{key.Name}: {Example(key, 8)}'");
            if (type == typeof(int) && whole is < int.MinValue or > int.MaxValue) throw Fault(key, value, "expected a number that fits in 32 bits", "write a smaller one");
            if (type == typeof(int)) return (int)whole;
            return (long)whole;
        }
        if (type == typeof(double))
            return ToNumber(v) ?? throw Fault(key, value, "expected a number", $"write for example '{key.Name}: {Example(key, 0.1)}'");
        if (type == typeof(IReadOnlyList<string>)) return ToList(key, value);
        if (type == typeof(IReadOnlyList<double>))
            return ToList(key, value).ConvertAll(x => ToNumber(x) ?? throw Fault(key, value with { Text = x }, "expected numbers", $"write for example '{key.Name}: 0.7,0.3'"));
        if (type == typeof(IReadOnlyDictionary<string, object?>)) return ToMap(key, value);
        if (v is Dictionary<string, RecipeValue> && property.GetCustomAttribute<MappingTooAttribute>() is not null) return JsonSerializer.Serialize(value.Bare());
        // A word that looks like a number or a truth value is still a word where a word is meant (a folder named 2024).
        return v is List<RecipeValue> or Dictionary<string, RecipeValue> ? throw Fault(key, value, "expected one word or text", $"write '{key.Name}: text'") : value.Text;
    }

    private static void Check(PropertyInfo property, RecipeKey key, RecipeValue value, object converted)
    {
        if (property.GetCustomAttribute<OneOfAttribute>() is { } words && converted is string word && !words.Values.Contains(word))
            throw words.Later.Split(',').Contains(word)
                ? new UsageException($"{value.Place}: {key.Name}: '{word}' is not supported yet; {words.Cure}")
                : Fault(key, value, $"expected one of {string.Join(", ", words.Values)}", $"did you mean '{RecipeKeys.NearestOf(word, words.Values)}'?");
        if (property.GetCustomAttribute<NumberAttribute>() is { } range)
        {
            double x = System.Convert.ToDouble(converted, CultureInfo.InvariantCulture);
            if (x == range.Except) return;
            if (double.IsFinite(x) && x <= range.Max && (range.Above ? x > range.Min : x >= range.Min)) return;
            string low = range.Above ? $"above {Plain(range.Min)}" : double.IsInfinity(range.Max) ? $"of at least {Plain(range.Min)}" : $"from {Plain(range.Min)} to {Plain(range.Max)}";
            throw Fault(key, value, $"expected a number {low}", key.Default is null ? "leave it out" : $"the default is {Show(key.Default)}");
        }
    }

    private static UsageException Fault(RecipeKey key, RecipeValue value, string expected, string cure) =>
        new($"{value.Place}: {key.Name}: {expected}, found '{value.Text}'; {cure}");

    private static string Plain(double x) => x.ToString(CultureInfo.InvariantCulture);

    private static string Example(RecipeKey key, object other) => Show(key.Default ?? other);

    public static string Show(object? value) => value switch
    {
        null => "null",
        bool b => b ? "true" : "false",
        double d => PythonFloat.Format(d),
        IEnumerable<string> list => string.Join(",", list),
        IEnumerable<double> list => string.Join(",", list.Select(PythonFloat.Format)),
        _ => System.Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static bool? ToBool(object? v) => v switch
    {
        bool b => b,
        string s => RecipeValue.Plain(s.Trim()) as bool?,
        1L => true,
        0L => false,
        _ => null,
    };

    private static double? ToNumber(object? v) => v switch
    {
        long n => n,
        double d => d,
        string s => RecipeValue.Plain(s.Trim()) switch { long n => n, double d => d, _ => null },
        _ => null,
    };

    private static List<string> ToList(RecipeKey key, RecipeValue value)
    {
        if (value.Value is Dictionary<string, RecipeValue>) throw Fault(key, value, "expected a list", $"write '{key.Name}: a,b' or a list");
        if (value.Value is not List<RecipeValue> items) return [.. value.Text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];
        return items.ConvertAll(i => i.Value is List<RecipeValue> or Dictionary<string, RecipeValue> ? throw Fault(key, i, "expected words in the list", $"write '{key.Name}: a,b'") : i.Text);
    }

    private static Dictionary<string, object?> ToMap(RecipeKey key, RecipeValue value)
    {
        if (value.Value is Dictionary<string, RecipeValue> map) return map.ToDictionary(e => e.Key, e => e.Value.Bare());
        try
        {
            // On a command line a mapping is one word, so JSON is taken too.
            if (value.Value is string text && JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(text) is { } json)
                return json.ToDictionary(e => e.Key, e => e.Value.ValueKind switch
                {
                    JsonValueKind.Number => e.Value.TryGetInt64(out long whole) ? whole : e.Value.GetDouble(),
                    JsonValueKind.True => true,
                    JsonValueKind.False => false,
                    JsonValueKind.Null => (object?)null,
                    _ => e.Value.ToString(),
                });
        }
        catch (JsonException) { }
        throw Fault(key, value, "expected a mapping", $"write '{key.Name}: {{name: value}}'");
    }
}
