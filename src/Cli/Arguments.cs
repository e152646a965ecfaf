using System.Globalization;

namespace Pure.Tuner.Cli;

/// <summary>The words after a command: <c>[FILE] [key=value ...]</c>, where <c>--key value</c> and <c>--key=value</c> are the same as <c>key=value</c>.</summary>
/// <remarks>A command asks for what it knows; <see cref="RejectUnknown"/> then refuses what nobody asked for, with the nearest name.</remarks>
internal sealed class Arguments
{
    private static readonly string[] s_common = ["debug", "help"];

    /// <summary>The one option that may go without its value: a file that ends in .json.</summary>
    private const string Profile = "profile";

    private readonly string _command;
    private readonly Dictionary<string, string> _settings = [];
    private readonly HashSet<string> _asked = [];

    private Arguments(string command) => _command = command;

    /// <summary>Words that are no settings, in order.</summary>
    public List<string> Words { get; } = [];

    /// <summary>All settings, in the order given: for a command that hands them on, as train does.</summary>
    public IReadOnlyDictionary<string, string> Settings => _settings;

    /// <summary>Settings that nobody has asked for so far.</summary>
    public IEnumerable<KeyValuePair<string, string>> Unasked => _settings.Where(s => !_asked.Contains(s.Key));

    /// <param name="command">Name of the command, for messages.</param>
    /// <param name="args">The words after it.</param>
    /// <param name="flags">Options that need no value.</param>
    /// <exception cref="UsageException">A setting is given twice or has no value.</exception>
    public static Arguments Parse(string command, ReadOnlySpan<string> args, params string[] flags)
    {
        var parsed = new Arguments(command);
        for (int i = 0; i < args.Length; i++)
        {
            string word = args[i];
            bool dashed = word.StartsWith("--", StringComparison.Ordinal) && word.Length > 2;
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            if (!dashed && equals <= 0)
            {
                parsed.Words.Add(word);
                continue;
            }
            string key = equals > 0 ? word[(dashed ? 2 : 0)..equals] : word[2..];
            if (dashed) key = key.Replace('-', '_');
            string value;
            if (equals > 0) value = word[(equals + 1)..];
            else if (flags.Contains(key) || s_common.Contains(key)) value = i + 1 < args.Length && bool.TryParse(args[i + 1], out _) ? args[++i] : "true";
            else if (key == Profile) value = i + 1 < args.Length && (bool.TryParse(args[i + 1], out _) || args[i + 1].EndsWith(".json", StringComparison.OrdinalIgnoreCase)) ? args[++i] : "true";
            else if (i + 1 < args.Length && !args[i + 1].StartsWith("--", StringComparison.Ordinal)) value = args[++i];
            else throw new UsageException($"{command}: --{key}: a value is missing{(i + 1 < args.Length ? $" (write --{key}=... for a value that begins with --)" : "")}");
            if (!parsed._settings.TryAdd(key, value)) throw new UsageException($"{command}: {key} is given twice: {parsed._settings[key]} and {value}");
        }
        return parsed;
    }

    /// <summary>A setting as text, or null.</summary>
    public string? Text(string key)
    {
        _asked.Add(key);
        return _settings.GetValueOrDefault(key);
    }

    /// <summary>A whole number of at least <paramref name="least"/>, or the default.</summary>
    public int Int(string key, int otherwise, int least = 0) => IntOrNull(key, least) ?? otherwise;

    /// <summary>A whole number of at least <paramref name="least"/>, or null.</summary>
    public int? IntOrNull(string key, int least = 0)
    {
        if (Text(key) is not { } text) return null;
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) && value >= least) return value;
        throw new UsageException($"{_command}: {key}: '{text}' is not a whole number of at least {least}");
    }

    /// <summary>Whether a flag is set.</summary>
    public bool Flag(string key)
    {
        if (Text(key) is not { } text) return false;
        return bool.TryParse(text, out bool value) ? value : throw new UsageException($"{_command}: {key}: '{text}' is neither true nor false");
    }

    /// <summary>The one word that names what to work on, or null where settings say it.</summary>
    /// <param name="cure">What to give where there is neither.</param>
    /// <exception cref="UsageException">There are several words, or nothing at all.</exception>
    public string? OneWordOrNone(string cure)
    {
        if (Words.Count > 1) throw TooMany(1);
        return Words.Count == 1 ? Words[0] : Unasked.Any() ? null : throw new UsageException($"{_command}: {cure}");
    }

    /// <summary>Refuses settings that nobody asked for, and more words than a command takes.</summary>
    /// <exception cref="UsageException">There is one.</exception>
    public void RejectUnknown(int words = 0)
    {
        foreach (string key in _settings.Keys)
            if (!_asked.Contains(key)) throw new UsageException($"{_command}: there is no option '{key}'; did you mean '{Nearest.Of(key, _asked)}'?");
        if (Words.Count > words) throw TooMany(words);
    }

    private UsageException TooMany(int words) => new($"{_command}: '{Words[words]}' is one word too many");
}
