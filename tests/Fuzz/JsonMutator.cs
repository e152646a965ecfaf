using System.Text;
using System.Text.Json;

namespace Pure.Tuner.Tests;

/// <summary>Damage that keeps JSON text JSON for the most part: values nudged and swapped, keys lost, doubled or renamed, depths and lengths beyond reason.</summary>
internal static class JsonMutator
{
    private static readonly string[] s_values =
    [
        "null", "true", "false", "0", "-0", "-1", "1", "2", "3", "0.5", "-0.5", "1e308", "-1e308", "1e400", "1e-400", "2147483647", "2147483648", "-2147483648", "4294967295", "9223372036854775807", "9223372036854775808",
        "-9223372036854775809", "123456789012345678901234567890", "100000000", "1000000000", "\"\"", "\" \"", "\"0\"", "\"a\"", "\"\\ud800\"", "\"\\u0000\"", "\"\\ud83d\\ude00\"", "\"NaN\"", "[]", "{}", "[[]]", "[null]", "{\"\":null}", "[0]", "[\"\"]", "NaN",
        "Infinity", "-Infinity", "01", "'a'", "undefined", "\"../../etc/passwd\"", "\"/\"",
    ];

    /// <summary>One to three changes of the tree; text that is no JSON comes back as it is.</summary>
    /// <param name="json">JSON text.</param>
    /// <param name="words">Keys and texts that the reader knows.</param>
    /// <param name="random">Chooses.</param>
    public static byte[] Mutate(byte[] json, IReadOnlyList<string> words, FuzzRandom random)
    {
        Node root;
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 1000 });
            root = Node.Of(document.RootElement);
        }
        catch (JsonException) { return json; }
        for (int n = random.One(2) ? 1 : 1 + random.Next(4); n > 0; n--) One(root, words, random);
        var text = new StringBuilder();
        root.Write(text);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void One(Node root, IReadOnlyList<string> words, FuzzRandom random)
    {
        List<Node> all = [];
        root.Collect(all);
        Node node = random.Of(all);
        switch (random.Next(14))
        {
            case 0 or 1 or 2: node.Become(random.Of(s_values)); break;
            case 3 when node.Children.Count > 0: node.Children.RemoveAt(random.Next(node.Children.Count)); break;
            case 4 when node.Children.Count > 0: node.Children.Insert(random.Next(1 + node.Children.Count), random.Of(node.Children)); break;
            case 5: node.Become(random.Of(all).Text()); break;
            case 6 when node.Children.Count > 0:
                int renamed = random.Next(node.Children.Count);
                node.Children[renamed] = (Word(words, random), node.Children[renamed].Value);
                break;
            case 7: node.Become(Word(words, random)); break;
            case 8 when random.One(4): node.Become(Deep(node.Text(), random)); break;
            case 9 when random.One(4): node.Become(JsonSerializer.Serialize(new string((char)('a' + random.Next(26)), 1 << random.Next(17)))); break;
            case 10 or 11 or 12 when long.TryParse(node.Text(), System.Globalization.NumberStyles.AllowLeadingSign, System.Globalization.CultureInfo.InvariantCulture, out long number):
                node.Become(random.Of<long>([number - 1, number + 1, 2 * number, number / 2, -number, number + 256]).ToString(System.Globalization.CultureInfo.InvariantCulture));
                break;
            case 10 or 11 when node.Children.Count > 1:
                int first = random.Next(node.Children.Count), second = random.Next(node.Children.Count);
                (node.Children[first], node.Children[second]) = ((node.Children[first].Key, node.Children[second].Value), (node.Children[second].Key, node.Children[first].Value));
                break;
            default: node.Become(Scribbled(node.Text(), words, random)); break;
        }
    }

    private static string Word(IReadOnlyList<string> words, FuzzRandom random) => words.Count == 0 ? "\"x\"" : JsonSerializer.Serialize(random.Of(words));

    private static string Deep(string text, FuzzRandom random)
    {
        int depth = 1 << (3 + random.Next(15));
        if (text.Length > 64) text = "1";
        return random.One(2) ? new string('[', depth) + text + new string(']', depth)
            : string.Concat(Enumerable.Repeat("{\"a\":", depth)) + text + new string('}', depth);
    }

    private static string Scribbled(string text, IReadOnlyList<string> words, FuzzRandom random)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return Encoding.UTF8.GetString(ByteMutator.Mutate(bytes, bytes, words, random));
    }

    /// <summary>A value; what has no children is the text of the value.</summary>
    private sealed class Node
    {
        private string _text = "null";
        private char _open;

        public List<(string? Key, Node Value)> Children { get; } = [];

        public static Node Of(JsonElement json)
        {
            var node = new Node { _text = json.GetRawText() };
            if (json.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array)) return node;
            node._open = json.ValueKind == JsonValueKind.Object ? '{' : '[';
            if (node._open == '[') foreach (JsonElement item in json.EnumerateArray()) node.Children.Add((null, Of(item)));
            else foreach (JsonProperty p in json.EnumerateObject()) node.Children.Add((JsonSerializer.Serialize(p.Name), Of(p.Value)));
            return node;
        }

        public void Become(string text)
        {
            (_open, _text) = ('\0', text);
            Children.Clear();
        }

        public void Collect(List<Node> all)
        {
            all.Add(this);
            foreach ((_, Node child) in Children) child.Collect(all);
        }

        public string Text()
        {
            var text = new StringBuilder();
            Write(text);
            return text.ToString();
        }

        public void Write(StringBuilder text)
        {
            if (_open == '\0')
            {
                text.Append(_text);
                return;
            }
            text.Append(_open);
            for (int i = 0; i < Children.Count; i++)
            {
                if (i > 0) text.Append(',');
                if (_open == '{') text.Append(Children[i].Key ?? "\"x\"").Append(':');
                Children[i].Value.Write(text);
            }
            text.Append(_open == '{' ? '}' : ']');
        }
    }
}
