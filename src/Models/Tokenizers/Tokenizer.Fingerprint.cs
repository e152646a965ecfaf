using System.Security.Cryptography;
using System.Text;

namespace Pure.Tuner;

public sealed partial class Tokenizer
{
    /// <summary>SHA-256 in hexadecimal of all that decides the ids of a text: tokenizer.json, tokens added by the configuration or later, and the roles of special tokens.</summary>
    internal string Fingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(_files.Tokenizer);
        var more = new StringBuilder();
        foreach (var added in _core.Added.Tokens) more.Append(added.Token).Append(' ').Append(_core.Added.IdOf(added.Token.Content)).Append('\n');
        // The pad token is left out: it may be named by the run itself, and no text is encoded with it.
        foreach (string role in SpecialTokens.Roles.Where(r => r != "pad_token")) more.Append(role).Append(' ').Append(_special[role]).Append('\n');
        more.Append(_special.AddPrefixSpace).Append(_special.AddBosToken);
        hash.AppendData(Encoding.UTF8.GetBytes(more.ToString()));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
