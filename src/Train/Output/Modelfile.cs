using System.Text;

namespace Pure.Tuner;

/// <summary>The Modelfile that lets Ollama serve an exported folder with the template that it was trained with.</summary>
internal static class Modelfile
{
    /// <summary>Its name in the folder.</summary>
    public const string FileName = "Modelfile";

    /// <summary>The text, or null where the template writes what Ollama's cannot: entries by number, or a count of turns.</summary>
    /// <param name="encoder">The template with the model's tokens and system text.</param>
    /// <param name="from">What Ollama loads: the folder, or a GGUF file in it.</param>
    internal static string? Write(ChatEncoder encoder, string from = ".")
    {
        (Template template, TemplateTokens tokens) = (encoder.Template, encoder.Tokens);
        TemplateSlot[] all = [.. template.Prefix, .. template.System, .. template.User, .. template.Assistant];
        if (all.Any(s => s.Token is not null || s.Text?.Contains("{{idx}}", StringComparison.Ordinal) == true)) return null;
        var text = new StringBuilder($"# Ollama model file written by pure-tuner\n\nFROM {from}\n\nTEMPLATE \"\"\"");
        text.Append(Slots(template.Prefix, tokens, ".Content"));
        text.Append("{{ if .System }}").Append(Slots(template.System, tokens, ".System")).Append("{{ end }}");
        text.Append("{{ range .Messages }}{{ if eq .Role \"user\" }}").Append(Slots(template.User, tokens, ".Content"));
        text.Append("{{ else if eq .Role \"assistant\" }}").Append(Slots(template.Assistant, tokens, ".Content")).Append("{{ end }}{{ end }}\"\"\"\n\n");
        if (encoder.System.Length > 0) text.Append("SYSTEM \"\"\"").Append(encoder.System).Append("\"\"\"\n\n");
        foreach (int id in tokens.StopIds) text.Append("PARAMETER stop \"").Append(tokens.TokenOf(id)).Append("\"\n");
        return text.Append("PARAMETER num_ctx 4096\n").ToString();
    }

    private static string Slots(TemplateSlot[] slots, TemplateTokens tokens, string variable) => string.Concat(slots.Select(slot =>
        slot.Text is { } text ? text.Replace("{{content}}", $"{{{{ {variable} }}}}", StringComparison.Ordinal)
        : (slot.Special == "bos_token" ? tokens.BosId : slot.Special == "eos_token" ? tokens.EosId : null) is { } id ? tokens.TokenOf(id) : ""));
}
