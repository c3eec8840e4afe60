namespace AutoDim.Data.Preparation;

/// <summary>Reads and writes schemas.</summary>
public static class SchemaFile
{
    /// <exception cref="AutoDimException">The file cannot be read, is not YAML of this shape, or contradicts itself; everything that is wrong is told at once.</exception>
    public static Schema Load(string path) => Parse(TextFile.Read(path, "the schema"), path);

    /// <param name="name">What errors call it.</param>
    /// <exception cref="AutoDimException">As of <see cref="Load"/>.</exception>
    public static Schema Parse(string text, string name) => SchemaReader.Read(text, name);

    public static string Write(Schema schema) => SchemaWriter.Write(schema);
}
