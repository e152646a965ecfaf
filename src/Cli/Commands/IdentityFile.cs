using System.Text;

namespace Pure.Tuner.Cli;

/// <summary><c>data identity</c>: rows with {{name}} and {{author}} filled in.</summary>
internal static class IdentityFile
{
    public static int Run(CommandContext context)
    {
        Arguments arguments = context.Arguments;
        string? name = arguments.Text("name"), author = arguments.Text("author"), into = arguments.Text("output");
        bool overwrite = arguments.Flag("overwrite");
        arguments.RejectUnknown(words: 2);
        if (arguments.Words.Count < 2) throw new UsageException("data identity: of which file? give LLaMA-Factory's identity.json, or another file with {{name}} and {{author}}");
        if (string.IsNullOrWhiteSpace(name) || string.IsNullOrWhiteSpace(author)) throw new UsageException($"data identity: {(string.IsNullOrWhiteSpace(name) ? "name" : "author")}: not given; write name=\"what the model calls itself\" author=\"who made it\"");
        string file = arguments.Words[1];
        if (!File.Exists(file)) throw new UsageException($"data identity: {file} is not there; give the file's path");
        into ??= Path.Combine(Path.GetDirectoryName(file) ?? "", Path.GetFileNameWithoutExtension(file) + "_filled" + Path.GetExtension(file));
        if (File.Exists(into) && !overwrite) throw new UsageException($"data identity: {into} is there already; name another with output=, or write overwrite=true");
        string text = File.ReadAllText(file, new UTF8Encoding(false, throwOnInvalidBytes: false));
        int count = Count(text, "{{name}}") + Count(text, "{{author}}");
        if (count == 0) throw new UsageException($"data identity: {file} holds neither {{{{name}}}} nor {{{{author}}}}; there is nothing to fill in");
        bool json = Path.GetExtension(file).ToLowerInvariant() is ".json" or ".jsonl";
        AtomicFile.WriteText(into, text.Replace("{{name}}", Quoted(name, json), StringComparison.Ordinal).Replace("{{author}}", Quoted(author, json), StringComparison.Ordinal));
        context.Output.WriteLine($"{count} places filled in; the rows are in {into} ('dataset: {into}')");
        return Shell.Done;
    }

    private static string Quoted(string text, bool json) => json ? System.Text.Json.JsonEncodedText.Encode(text, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping).Value : text;

    private static int Count(string text, string word) => text.Split(word).Length - 1;
}
