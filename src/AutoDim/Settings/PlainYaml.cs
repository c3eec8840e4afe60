using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace AutoDim.Settings;

/// <summary>A YAML parser that takes no more than settings and schemas need: no anchors, by which a few bytes become a tree without end, and few levels.</summary>
internal sealed class PlainYaml(TextReader text) : IParser
{
    private const int MostDepth = 16;

    private readonly Parser parser = new(text);
    private int depth;

    public ParsingEvent? Current => parser.Current;

    /// <exception cref="YamlException">What follows is no YAML, or more than is taken.</exception>
    public bool MoveNext()
    {
        if (!parser.MoveNext()) return false;
        var current = parser.Current!;
        depth += current.NestingIncrease;
        if (depth > MostDepth) throw new YamlException(current.Start, current.End, $"it is nested deeper than {MostDepth} levels");
        return current is AnchorAlias or NodeEvent { Anchor.IsEmpty: false } ? throw new YamlException(current.Start, current.End, "anchors and aliases (& and *) are not taken; write the value itself, in quotes where it begins with such a sign") : true;
    }
}
