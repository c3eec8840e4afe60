using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AutoDim.Data;

namespace AutoDim.Runs;

/// <summary>What a stage left in a run's folder, so that a run that goes on does not do it again.</summary>
internal static class StageRecord
{
    /// <summary>Null where the stage has not ended yet.</summary>
    /// <exception cref="AutoDimException">The record is damaged.</exception>
    public static T? Find<T>(string path, JsonTypeInfo<T> type)
        where T : class
        => File.Exists(path) ? Read(path, type) : null;

    /// <exception cref="AutoDimException">There is no such record, or it is damaged.</exception>
    public static T Read<T>(string path, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonFile.Load(path, type);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new AutoDimException($"cannot read '{path}': {Reason.Of(exception)}. Where it is deleted, the run does that stage again", exception);
        }
    }
}
