using AutoDim.Models;
using AutoDim.Settings;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Models;

public sealed class ModelOptionsTests
{
    /// <summary>With every option in force that another one only qualifies.</summary>
    private static readonly ModelOptions Start = Bench.SmallModel with { CrossRank = 2, CrossExperts = 2, GateHidden = [4] };

    /// <summary>Another value of each setting.</summary>
    private static readonly Dictionary<string, string> Changes = new()
    {
        ["hidden"] = "10,8",
        ["batch-norm"] = "false",
        ["dropout"] = "0.6",
        ["activation"] = "tanh",
        ["first-order"] = "field-vectors",
        ["linear-term"] = "value-weights",
        ["cross-layers"] = "3",
        ["cross-structure"] = "stacked",
        ["cross-rank"] = "1",
        ["cross-experts"] = "3",
        ["interaction-units"] = "4",
        ["attention-layers"] = "1",
        ["attention-units"] = "8",
        ["attention-heads"] = "1",
        ["attention-dropout"] = "0.6",
        ["second-hidden"] = "4",
        ["fusion-heads"] = "1",
        ["gate-hidden"] = "3",
        ["first-gate-fields"] = "user",
        ["second-gate-fields"] = "item",
        ["interaction-order"] = "3",
        ["pairs"] = "user:item",
        ["triples"] = "user:item:tags",
        ["initial-deviation"] = "0.2",
    };

    public static TheoryData<string> Models() => [.. ModelCatalog.All.Select(model => model.Name)];

    /// <summary>What help and <c>autodim models</c> say of a setting is so: it changes the training of the models named, and of no other.</summary>
    [Theory, MemberData(nameof(Models))]
    public void Setting_Changed_ChangesTheModelsNamedAlone(string model)
    {
        var settings = SettingList.Of(typeof(ModelOptions));
        settings.Select(setting => setting.Name).Order().ShouldBe(Changes.Keys.Order());
        var before = Trained(model, Start);
        foreach (var setting in settings)
        {
            var options = Start with { };
            setting.Set(options, Changes[setting.Name], setting.Name);
            (Trained(model, options) != before).ShouldBe(setting.Models?.Contains(model) ?? true, setting.Name);
        }
    }

    [Fact]
    public void Models_OfEverySetting_AreInTheCatalogue()
    {
        foreach (var name in SettingList.Of(typeof(ModelOptions)).SelectMany(setting => setting.Models ?? [])) ModelCatalog.Find(name).Name.ShouldBe(name);
    }

    private static string Trained(string model, ModelOptions options)
    {
        using var bench = new Bench(model, [3, 3, 3, 3], options: options);
        bench.Train(3);
        return string.Join(' ', bench.Weights().OrderBy(array => array.Key, StringComparer.Ordinal).SelectMany(array => array.Value));
    }
}
