using System.Globalization;
using System.Text;

namespace Pure.Tuner;

/// <summary>Makes a decoding step in front of another.</summary>
internal delegate DecoderStage Decoder(DecoderStage next);

/// <summary>The decoders of tokenizer.json.</summary>
internal static class Decoders
{
    private const string Known = "BPEDecoder, ByteFallback, ByteLevel, CTC, Fuse, Metaspace, Replace, Sequence, Strip, WordPiece";

    public static Decoder Read(ComponentJson json)
    {
        switch (json.Type)
        {
            case "Sequence":
                Decoder[] steps = [.. json.Items("decoders").Select(Read)];
                return next => steps.Reverse().Aggregate(next, (stage, step) => step(stage));
            case "ByteLevel": return next => new ByteLevelStage(next);
            case "ByteFallback": return next => new ByteFallbackStage(next);
            case "Fuse": return next => new FuseStage(next);
            case "Strip":
                (string character, int start, int stop) = (json.Character("content", " "), json.Int("start", 0), json.Int("stop", 0));
                return next => new StripStage(next, character, start, stop);
            case "Replace":
                (IPattern pattern, string content) = (json.Pattern("pattern"), json.Needed("content"));
                return pattern is LiteralPattern { Text.Length: 1 } single ? next => new ReplaceCharacterStage(next, single.Text, content) : next => new ReplaceStage(next, pattern, content);
            case "Metaspace":
                (string replacement, bool keepFirst) = (json.Character("replacement", "▁"), PreTokenizers.Prefix(json) == MetaspacePrefix.Never);
                return next => new MetaspaceStage(next, replacement, keepFirst);
            case "BPEDecoder":
                string suffix = json.Text("suffix") ?? "</w>";
                return next => new SuffixStage(next, suffix);
            case "WordPiece":
                (string prefix, bool cleanUp) = (json.Text("prefix") ?? "##", json.Bool("cleanup", true));
                return next => new WordPieceStage(next, prefix, cleanUp);
            case "CTC":
                (string pad, string delimiter, bool cleanCtc) = (json.Text("pad_token") ?? "<pad>", json.Text("word_delimiter_token") ?? "|", json.Bool("cleanup", true));
                return next => new CtcStage(next, pad, delimiter, cleanCtc);
            default:
                throw json.Unknown(Known);
        }
    }

    /// <summary>Without a decoder tokens are joined by spaces.</summary>
    public static DecoderStage Join(DecoderStage next) => new JoinStage(next);

    private sealed class JoinStage(DecoderStage next) : DecoderStage(next)
    {
        private bool _begun;

        public override void Push(string text, bool ends)
        {
            Next.Push(_begun ? " " + text : text, ends);
            _begun = true;
        }
    }

    /// <summary>Bytes of all tokens as one UTF-8 text, U+FFFD for what is malformed.</summary>
    private sealed class ByteLevelStage(DecoderStage next) : WholeTokenStage(next)
    {
        private readonly System.Text.Decoder _utf8 = Encoding.UTF8.GetDecoder();

        protected override void Token(string token)
        {
            var bytes = new byte[token.Length];
            for (int i = 0; i < token.Length; i++)
            {
                int b = ByteAlphabet.Byte(token[i]);
                if (b < 0)
                {
                    // Not of the byte alphabet (an added token): it stands for itself.
                    bytes = Encoding.UTF8.GetBytes(token);
                    break;
                }
                bytes[i] = (byte)b;
            }
            Decode(bytes, flush: false);
        }

        public override void Flush()
        {
            Decode([], flush: true);
            Next.Push("", true);
            Next.Flush();
        }

        private void Decode(byte[] bytes, bool flush)
        {
            var chars = new char[_utf8.GetCharCount(bytes, flush)];
            int n = _utf8.GetChars(bytes, chars, flush);
            if (n > 0) Next.Push(new string(chars, 0, n), false);
        }
    }

    /// <summary>A run of &lt;0xNN&gt; tokens as UTF-8, or one U+FFFD for each when the run is not well-formed; known only where the run ends.</summary>
    private sealed class ByteFallbackStage(DecoderStage next) : WholeTokenStage(next)
    {
        private static readonly UTF8Encoding s_strict = new(false, throwOnInvalidBytes: true);
        private readonly List<byte> _run = [];

        protected override void Token(string token)
        {
            if (token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>'
                && byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte b))
            {
                _run.Add(b);
                return;
            }
            EndRun();
            Next.Push(token, true);
        }

        public override void Flush()
        {
            EndRun();
            Next.Flush();
        }

        private void EndRun()
        {
            if (_run.Count == 0) return;
            try
            {
                Next.Push(s_strict.GetString([.. _run]), true);
            }
            catch (DecoderFallbackException)
            {
                foreach (byte _ in _run) Next.Push("\uFFFD", true);
            }
            _run.Clear();
        }
    }

    private sealed class FuseStage(DecoderStage next) : DecoderStage(next)
    {
        public override void Push(string text, bool ends) => Next.Push(text, false);

        public override void Flush()
        {
            Next.Push("", true);
            Next.Flush();
        }
    }

    /// <summary>Takes at most so many of one character from a token's start and end.</summary>
    private sealed class StripStage(DecoderStage next, string character, int start, int stop) : DecoderStage(next)
    {
        private int _stripped;
        private string _held = "";      // characters at the end that may have to go

        public override void Push(string text, bool ends)
        {
            int from = 0;
            while (_stripped < start && from < text.Length)
            {
                if (string.CompareOrdinal(text, from, character, 0, character.Length) != 0) { _stripped = start; break; }
                from += character.Length;
                _stripped++;
            }
            text = _held + text[from..];
            int held = 0;
            while (held < stop * character.Length && text.AsSpan(0, text.Length - held).EndsWith(character, StringComparison.Ordinal)) held += character.Length;
            _held = ends ? "" : text[(text.Length - held)..];
            Next.Push(text[..(text.Length - held)], ends);
            if (ends) _stripped = 0;
        }
    }

    private sealed class ReplaceCharacterStage(DecoderStage next, string character, string content) : DecoderStage(next)
    {
        private const int Most = 1 << 22;

        public override void Push(string text, bool ends)
        {
            if ((long)text.Length * content.Length > Most && text.AsSpan().Count(character) * (long)content.Length > Most) throw new FormatException($"a step makes more than {Most} characters of one token");
            Next.Push(text.Replace(character, content, StringComparison.Ordinal), ends);
        }
    }

    private sealed class ReplaceStage(DecoderStage next, IPattern pattern, string content) : WholeTokenStage(next)
    {
        protected override void Token(string token)
        {
            var text = new AlignedText(token, aligned: false);
            text.Replace(pattern, content);
            Next.Push(text.Text, true);
        }
    }

    /// <summary>The mark is a space again, but in the first token nothing when it was put there.</summary>
    private sealed class MetaspaceStage(DecoderStage next, string mark, bool keepFirst) : DecoderStage(next)
    {
        private bool _keep = keepFirst;

        public override void Push(string text, bool ends)
        {
            Next.Push(text.Replace(mark, _keep ? " " : "", StringComparison.Ordinal), ends);
            _keep |= ends;
        }
    }

    /// <summary>The end-of-word suffix is a space, but at the very end nothing: the last token is known only when no other follows.</summary>
    private sealed class SuffixStage(DecoderStage next, string suffix) : WholeTokenStage(next)
    {
        private string? _last;

        protected override void Token(string token)
        {
            Release(" ");
            _last = token;
        }

        public override void Flush()
        {
            Release("");
            Next.Flush();
        }

        private void Release(string replacement)
        {
            if (_last is not null) Next.Push(suffix.Length == 0 ? _last : _last.Replace(suffix, replacement, StringComparison.Ordinal), true);
            _last = null;
        }
    }

    private sealed class WordPieceStage(DecoderStage next, string prefix, bool cleanUp) : WholeTokenStage(next)
    {
        private bool _begun;

        protected override void Token(string token)
        {
            if (_begun) token = token.StartsWith(prefix, StringComparison.Ordinal) ? token[prefix.Length..] : " " + token;
            _begun = true;
            Next.Push(cleanUp ? CleanUpStage.WordPiece(token) : token, true);
        }
    }

    /// <summary>Repeated tokens count once, padding is nothing, the delimiter is a space.</summary>
    private sealed class CtcStage(DecoderStage next, string pad, string delimiter, bool cleanUp) : WholeTokenStage(next)
    {
        private string? _last;

        protected override void Token(string token)
        {
            if (token == _last) return;
            _last = token;
            token = token.Replace(pad, "", StringComparison.Ordinal);
            if (cleanUp) token = CleanUpStage.WordPiece(token).Replace(delimiter, " ", StringComparison.Ordinal);
            if (token.Length > 0) Next.Push(token, true);
        }
    }
}
