namespace AutoDim.Data.Preparation;

/// <summary>A field of a libfm file.</summary>
internal sealed record LibfmField(string Name, long First, long Last)
{
    public const string FileName = "fields.tsv";

    /// <summary>Reads fields.tsv: name, first id, last id, tab-separated.</summary>
    public static IReadOnlyList<LibfmField> Load(string path)
    {
        if (!File.Exists(path)) throw new AutoDimException($"there is no '{path}'; libfm files need it: one line per field with its name, first and last id, tab-separated");
        List<LibfmField> fields = [];
        foreach (var (index, text) in File.ReadLines(path).Index())
        {
            if (string.IsNullOrWhiteSpace(text)) continue;
            var parts = text.Split('\t');
            if (parts.Length != 3 || !long.TryParse(parts[1], out var first) || !long.TryParse(parts[2], out var last) || first < 0 || last < first)
            {
                throw new AutoDimException($"{path}, line {index + 1}: '{text}' is not a name, a first and a last id, tab-separated");
            }

            if (fields.Exists(field => field.Name == parts[0])) throw new AutoDimException($"{path}, line {index + 1}: two fields are named '{parts[0]}'");
            fields.Add(new LibfmField(parts[0], first, last));
        }

        return fields.Count > 0 ? fields : throw new AutoDimException($"'{path}' names no field");
    }
}
