using System.Text;

namespace Pure.Tuner;

/// <summary>A template as the Jinja text that is saved with a checkpoint, so that other programs prompt the model as it was trained.</summary>
internal static class TemplateJinja
{
    /// <summary>The text that takes the place of the tokenizer's own; null where that stays, or where Jinja cannot say what the template does.</summary>
    public static string? Replacement(Template template, TemplateTokens tokens, string defaultSystem, bool tokenizerHasOne) =>
        tokenizerHasOne && !template.ReplacesJinja ? null : Write(template, tokens, defaultSystem);

    private static string? Write(Template template, TemplateTokens tokens, string defaultSystem)
    {
        if (template.Prefix.Concat(template.System).Concat(template.User).Concat(template.Assistant).Any(s => s.Token is not null)) return null;
        string prefix = Slots(template.Prefix, tokens, "content"), system = Slots(template.System, tokens, "system_message");
        var text = new StringBuilder();
        if (prefix.Length > 0) text.Append("{{ ").Append(prefix).Append(" }}");
        if (defaultSystem.Length > 0) text.Append("{% set system_message = ").Append(Quote(defaultSystem)).Append(" %}");
        text.Append("{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% set system_message = messages[0]['content'] %}{% else %}{% set loop_messages = messages %}{% endif %}");
        if (template.SystemInUser)
            text.Append("{% for message in loop_messages %}{% if loop.index0 == 0 and system_message is defined %}{% set content = ").Append(system).Append(" + message['content'] %}{% else %}{% set content = message['content'] %}{% endif %}");
        else
            text.Append("{% if system_message is defined %}{{ ").Append(system).Append(" }}{% endif %}{% for message in loop_messages %}{% set content = message['content'] %}");
        text.Append("{% if message['role'] == 'user' %}{{ ").Append(Slots(template.User, tokens, "content"));
        text.Append(" }}{% elif message['role'] == 'assistant' %}{{ ").Append(Slots(template.Assistant, tokens, "content"));
        return text.Append(" }}{% endif %}{% endfor %}").ToString();
    }

    private static string Slots(TemplateSlot[] slots, TemplateTokens tokens, string variable)
    {
        var parts = new List<string>();
        foreach (TemplateSlot slot in slots)
        {
            if (slot.Text is { } text)
            {
                string[] around = text.Split("{{content}}");
                if (around[0].Length > 0) parts.Add(Quote(around[0]));
                if (around.Length > 1) parts.Add(variable);
                if (around.Length > 1 && around[1].Length > 0) parts.Add(Quote(around[1]));
            }
            else if ((slot.Special == "bos_token" ? tokens.BosId : slot.Special == "eos_token" ? tokens.EosId : null) is { } id) parts.Add($"'{tokens.TokenOf(id)}'");
        }
        return string.Join(" + ", parts);
    }

    private static string Quote(string text) => "'" + text.Replace("'", "\\'", StringComparison.Ordinal) + "'";
}
