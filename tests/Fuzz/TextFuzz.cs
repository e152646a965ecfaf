using System.Text;
using System.Text.Json.Nodes;

namespace Pure.Tuner.Tests;

/// <summary>Tokenizers, Jinja templates, recipes, and the texts of tools and calls.</summary>
[Trait("Category", "Fault")]
public class TextFuzz
{
    [Fact]
    public void TokenizerFiles()
    {
        string[] words =
        [
            "type", "Sequence", "NFC", "NFKD", "Replace", "Prepend", "Strip", "Lowercase", "BertNormalizer", "Nmt", "StripAccents", "pattern", "Regex", "String", "content", "ByteLevel", "Split", "Metaspace", "Digits", "Punctuation", "FixedLength", "Whitespace", "WhitespaceSplit", "CharDelimiterSplit",
            "behavior", "Removed", "Contiguous", "MergedWithPrevious", "invert", "TemplateProcessing", "RobertaProcessing", "BertProcessing", "ByteFallback", "Fuse", "WordPiece", "CTC", "BPEDecoder", "BPE", "Unigram", "vocab", "merges", "dropout", "unk_token", "fuse_unk", "byte_fallback", "ignore_merges",
            "added_tokens", "single_word", "lstrip", "normalized", "special", "id", "ids", "<s>", "</s>", "max_length", "stride", "truncation", "padding", "tokenizer_class", "Qwen2Tokenizer", "LlamaTokenizerFast", "GPT2Tokenizer", "GemmaTokenizer", "bos_token", "chat_template", "template", "default", "added_tokens_decoder",
            "(a{1000}){1000}", "(?:(?:a+)+)+$", "(a|aa)+$", "((((", "[[[[", "(?<=a+)", "\\\\p{L}", "[^\\\\s]", "{0,1000}", "(?!", "|", "x*?", "(?i)", "\\\\d+", "(|a)*",
        ];
        // Patterns that explode stand in some of the files: each costs as much as a hundred others.
        string[] bombs = ["(?:(?:a+)+)+$", "(?:a|aa)+$", "((a{1000}){1000}){1000}", "(?:a*)*b", "(?:a?){60}a{60}$", "(?i)(?:x|a+|\\p{L})*!!"];
        byte[][] seeds = Array.ConvertAll(Seeds.Tokenizers, Seeds.Utf8), hostile = [.. bombs.Select(b => Seeds.Utf8(Seeds.Tokenizers[0].Replace("l+(?=o)|(?<!x)h{2,3}?", b, StringComparison.Ordinal)))];
        var files = new FolderTarget("tokenizer", words, [], ("tokenizer.json", seeds[0]), ("tokenizer_config.json", Seeds.Utf8(Seeds.TokenizerConfig)), ("special_tokens_map.json", Seeds.Utf8(Seeds.TokensMap)));
        string[] texts = ["", "hello hell o!", " 11 he\n\nll  İ日本 😀<s>new </s>", new string('a', 64) + "!"];
        Fuzzer.Run("tokenizer", 1500, r => r.One(3) ? files.Make(r) : [0, .. FolderTarget.Damage("x.json", r.Of(r.One(16) ? hostile : seeds), r.Of(seeds), words, r)], input => files.With(input, () =>
        {
            Tokenizer tokenizer = Tokenizer.Load(files.Folder);
            foreach (string text in texts)
            {
                int[] ids = tokenizer.Encode(text);
                tokenizer.Decode(ids);
                tokenizer.Decode(ids, skipSpecialTokens: true);
                tokenizer.Core.Encode(text, text, addSpecialTokens: true, spans: true, truncation: tokenizer.Core.Truncation);
            }
            _ = (tokenizer.BosId, tokenizer.EosId, tokenizer.PadId, tokenizer.UnknownId, tokenizer.AddsBos, tokenizer.VocabularySize, tokenizer.PaddingSide);
            StreamingDecoder decoder = tokenizer.StartDecoding();
            for (int id = 0; id < 18; id++) decoder.Push(id);
            decoder.Flush();
        }), [files.Folder], typeof(CheckpointException));
    }

    [Fact]
    public void Jinja()
    {
        string[] words =
        [
            "{% for m in messages %}", "{% endfor %}", "{% if ", "{% elif x %}", "{% else %}", "{% endif %}", "{% set x = ", "{% set ns = namespace(a=0) %}", "{% macro f(a, b=1) %}", "{% endmacro %}", "{% generation %}", "{% endgeneration %}", "{% raw %}", "{% endraw %}", "{% filter upper %}", "{% endfilter %}",
            "{% call f() %}", "{% endcall %}", "{%- ", " -%}", "{{ ", " }}", "{# ", " #}", "loop.index", "loop(", " recursive", "messages[0]['content']", "|tojson(indent=2)", "|join(', ')", "|map(attribute='role')", "|selectattr('role', 'equalto', 'user')", "|sort", "|unique", "|batch(3)", "|slice(2)", "|groupby('role')",
            "|format(1)", "'%s' % ", "'%1000000000d' % 1", "'{:>1000000000}'.format(1)", " * 1000000000", " ** 100000", "range(10000000000)", "range(3)", "lipsum(9)", "dict(a=1)", "cycler(1,2)", "joiner()", "strftime_now('%Y')", "raise_exception('no')", "'a' * 99999999", "x.append(1)", "ns.a", "|replace('', 'aaaa')",
            "|wordwrap(1)", "|indent(99999999)", "|center(99999999)", "|truncate(3)", "is defined", "is iterable", "not ", " and ", " or ", " in ", " if x else y", "((((((", "[[[[[[", "~", "//", "[::-1]", "[1:99999999999999999999]", "'\\ud800'", "\\x00", "9999999999999999999999", "1e999", "{{ f(f) }}", "self", "import x", "loop.previtem", "break", "continue",
        ];
        string[] seeds =
        [
            "{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' + m['content'] | trim + '<|im_end|>' + '\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}",
            "{%- set ns = namespace(found=false, i=0) -%}{%- for m in messages[::-1] -%}{%- set ns.i = ns.i + loop.index0 * 2 // 1 -%}{%- if m.role == 'user' and not ns.found -%}{%- set ns.found = true -%}{{ m.content.split('a')[-1].lstrip('\\n') }}{%- elif m.tool_calls is defined -%}{{ m | tojson }}{%- else -%}{%- continue -%}{%- endif -%}{%- endfor -%}{{ ns.i }}",
            "{% macro show(x, depth=0) %}{% if x is mapping %}{% for k, v in x.items() | sort %}{{ k ~ ': ' }}{{ show(v, depth + 1) }}{% endfor %}{% elif x is string %}{{ x | upper | replace('U', 'v') | indent(2) }}{% else %}{{ '%5.2f|%s' % (x | float, x) }}{% endif %}{% endmacro %}{% for m in messages %}{{ show(m) }}{% endfor %}",
            "{{ messages | map(attribute='role') | unique | list | join(', ') }} {{ messages | selectattr('role', 'equalto', 'user') | first }} {{ range(3) | batch(2, 'x') | list }} {{ '{:>8}|{}'.format('a', 1.5) }} {{ \"a b c\" | wordwrap(2) | title }} {{ 7 ** 3 % 5 }} {{ x | default('none') }} {{ strftime_now('%d %b %Y') }}",
            "{% for m in messages recursive %}{% generation %}{{ loop.index }}{{ m.content }}{% endgeneration %}{% if m.parts %}{{ loop(m.parts) }}{% endif %}{% if loop.last %}{{ raise_exception('last') if m.content == 'x' }}{% endif %}{% endfor %}{% raw %}{{ no }}{% endraw %}{# note #}{{ [1, 'a', 2.5, none, true] | tojson(indent=4) }}",
        ];
        byte[][] bytes = Array.ConvertAll(seeds, Seeds.Utf8);
        var variables = (JsonObject)JsonNode.Parse("""{"messages":[{"role":"system","content":"be kind"},{"role":"user","content":"what is a banana\n?"},{"role":"assistant","content":"fruit","tool_calls":[{"name":"f","arguments":{"a":[1,2.5,null]}}],"parts":[{"content":"p"}]}],"add_generation_prompt":true,"x":5,"tools":null}""")!;
        var now = new DateTime(2024, 7, 6, 5, 4, 3);
        var limits = new JinjaLimits(Steps: 200_000, Size: 2_000_000);
        Fuzzer.Run("jinja", 4000, r => ByteMutator.Mutate(r.Of(bytes), r.Of(bytes), words, r), input => JinjaTemplate.Parse(Encoding.UTF8.GetString(input)).Render(variables, now, limits), [], typeof(JinjaException));
    }

    [Fact]
    public void Recipes()
    {
        string[] words =
        [
            .. RecipeKeys.All.Select(k => k.Name), "lora", "full", "sft", "pt", "true", "null", "~", "1.0e-5", "cosine", "pure_tuner:", "&a ", "*a", "<<: ", "!!binary ", "!!python/object:x ", "- ", "? ", ": ", "|\n  x", ">\n  x", "{", "[", "]", "}", "# ", "---\n", "...\n", "%YAML 1.2\n", "\t", "'", "\"\\x41\\ud800\"", "\u0085",
            "{a: &b [*b]}", "optim_args: a=1,b=2", "lora_target: all", "lr_scheduler_kwargs: {num_cycles: 0.5}", "max_source_length: 2000000000", "warmup_steps: 0.1", "seed: 99999999999999999999",
        ];
        byte[][] seeds =
        [
            Seeds.Utf8("### model\nmodel_name_or_path: tiny\ntrust_remote_code: true\n\n### method\nstage: sft\ndo_train: true\nfinetuning_type: lora\nlora_rank: 8\nlora_target: all\n\n### dataset\ndataset: identity,alpaca_en_demo\ntemplate: llama3\ncutoff_len: 2048\nmax_samples: 1000\n\n### output\noutput_dir: out\nlogging_steps: 10\nsave_steps: 500\nplot_loss: true\n\n### train\nper_device_train_batch_size: 1\ngradient_accumulation_steps: 8\nlearning_rate: 1.0e-4\nnum_train_epochs: 3.0\nlr_scheduler_type: cosine\nwarmup_ratio: 0.1\nbf16: true\n"),
            Seeds.Utf8("{\"stage\": \"sft\", \"model_name_or_path\": \"tiny\", \"finetuning_type\": \"full\", \"dataset\": [\"a\", \"b\"], \"interleave_probs\": [0.5, 0.5], \"mix_strategy\": \"interleave_under\", \"lr_scheduler_kwargs\": {\"num_cycles\": 2}, \"output_dir\": \"o\", \"optim_args\": \"a=1\"}"),
            Seeds.Utf8("base: &base\n  threads: 2\npure_tuner:\n  device: cpu\nstage: pt\ndataset: [a, 'b', \"c\\n\"]\noutput_dir: >\n  folded\n  text\nval_size: 0.1\neval_strategy: steps\neval_steps: 5\nmax_source_length: 10\nmax_target_length: 20\nquantization_bit: null\nneat_packing: yes\nreport_to: none\nadapter_name_or_path: a,b\n"),
        ];
        Fuzzer.Run("recipe", 2000, r =>
        {
            byte[] good = r.Of(seeds), made = good[0] == '{' && !r.One(3) ? JsonMutator.Mutate(good, words, r) : ByteMutator.Mutate(good, r.Of(seeds), words, r);
            return [(byte)r.Next(8), .. made];
        }, input =>
        {
            string text = Encoding.UTF8.GetString(input.AsSpan(1));
            // Now and then the same text comes as a value on the command line.
            string[] overrides = input[0] == 0 ? ["lr_scheduler_kwargs=" + text[(text.Length / 2)..]] : input[0] == 1 ? [text.Split('\n')[0].Replace(": ", "=", StringComparison.Ordinal)] : [];
            RecipeReader.Parse(overrides.Length > 0 ? "" : text, "fuzz.yaml", overrides);
        }, ["fuzz.yaml", "command line"], typeof(UsageException));
    }

    [Fact]
    public void Tools()
    {
        string[] words =
        [
            "Action: ", "Action Input: ", "<tool_call>", "</tool_call>", "<|tool_call>call:f{", "<tool_calls>", "<function=f>", "<parameter=a>", "</parameter>", "</function>", "<arg_key>", "</arg_key>", "<arg_value>", "[TOOL_CALLS]", "<|tool_call_start|>", "[f(a=1)]", "<seed:tool_call>", "<invoke name=\"f\">", "name", "arguments",
            "parameters", "properties", "type", "function", "description", "required", "enum", "items", "string", "True", "None", "0x10", "0b1", "1_0", "'''", "r'\\", "\\N{DASH}", "\\U0010ffff", "\\ud800", "-", "+", "(((((", "{[(", "1e999", "\f",
        ];
        byte[][] seeds =
        [
            Seeds.Utf8("""[{"name":"get","description":"gets","parameters":{"type":"object","properties":{"a":{"type":"string","description":"x","enum":["p","q"]},"b":{"type":"array","items":{"type":"integer"}},"c":{"type":"object","properties":{"d":{"type":"number"}}}},"required":["a"]}},{"type":"function","function":{"name":"f","parameters":{}}}]"""),
            Seeds.Utf8("""[{"name":"f","arguments":{"a":1,"b":[true,null,"x"],"c":{"d":1.5e3}}},{"name":"g","arguments":"{\"a\": 2}"}]"""),
            Seeds.Utf8("Action: f\nAction Input: {\"a\": 1}\nAction: g\nAction Input: {}"), Seeds.Utf8("<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": 1}}\n</tool_call>\n<tool_call>\n{\"name\": \"g\", \"arguments\": {}}\n</tool_call>"),
            Seeds.Utf8("<|tool_call_start|>[f(a=1, b='x', c=[1, 2.5, None], d={'k': True}), g()]<|tool_call_end|>"), Seeds.Utf8("<tool_call>f\n<arg_key>a</arg_key>\n<arg_value>1</arg_value>\n</tool_call>"),
            Seeds.Utf8("<tool_call>\n<function=f>\n<parameter=a>\n1\n</parameter>\n</function>\n</tool_call>"), Seeds.Utf8("<minimax:tool_call><invoke name=\"f\"><parameter name=\"a\">1</parameter></invoke></minimax:tool_call>"),
            Seeds.Utf8("[TOOL_CALLS] [{\"name\": \"f\", \"arguments\": {\"a\": 1}}]"), Seeds.Utf8("<|tool_call>call:f{a:1,b:<|\"|>x<|\"|>,c:[1,2]}<tool_call|>"),
        ];
        string[] formats = [.. ToolFormats.Names];
        var now = new DateTimeOffset(2024, 7, 6, 5, 4, 3, TimeSpan.Zero);
        Fuzzer.Run("tools", 6000, r =>
        {
            byte[] good = r.Of(seeds);
            return [(byte)r.Next(formats.Length), .. good[0] == '[' && !r.One(3) ? JsonMutator.Mutate(good, words, r) : ByteMutator.Mutate(good, r.Of(seeds), words, r)];
        }, input =>
        {
            IToolFormat format = ToolFormats.Get(formats[input[0]]);
            string text = Encoding.UTF8.GetString(input.AsSpan(1));
            var literal = new PythonLiteralReader(text);
            literal.Literal(out _);
            if (format.Extract(text) is { Count: > 0 } calls) format.Calls(calls);
            if (!text.StartsWith('[')) return;
            IReadOnlyList<JsonMap> tools = ToolJson.Read(text);
            // A list of calls has the look of a list of tools: each is tried as both.
            if (tools.All(t => t.ContainsKey("arguments"))) format.Calls([.. tools.Select(t => ToolCall.Of(t.Get("name"), t.Get("arguments")))]);
            if (tools.Count > 0) format.Tools(tools, now);
        }, [], typeof(UsageException));
    }
}
