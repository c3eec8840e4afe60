using System.Net;
using System.Text;
using AutoDim.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using WebShop;

// A shop that shows each customer what they are most likely to want. Usage:
//   dotnet run --project samples/WebShop -- MODEL [PRODUCTS] [LOG] [PORT]
// MODEL is a run of the shop's log, with the columns click, user, item, tags (several, joined by |) and price:
//   autodim prepare clicks.csv --schema clicks.yaml --out clicks/ && autodim run clicks/ --out runs/shop
// A click is added to LOG; once there are enough, autodim update runs/shop --data LOG --out runs/shop, and the shop goes on with the new version.
string Argument(int place, string otherwise) => args.Length > place ? args[place] : otherwise;
var products = Product.Load(Argument(1, Path.Combine(AppContext.BaseDirectory, "products.csv")));
var log = Argument(2, "clicks.csv");
var writing = new Lock();

var builder = WebApplication.CreateSlimBuilder();
builder.Services.AddAutoDimScorer(Argument(0, "runs/shop"));
var shop = builder.Build();
shop.Urls.Add($"http://127.0.0.1:{Argument(3, "5000")}");

// The five best products for a customer, as a page.
shop.MapGet("/shop/{user}", async (string user, HttpContext context) =>
{
    var page = new StringBuilder($"<!doctype html><meta charset=utf-8><title>Shop</title><h1>For {WebUtility.HtmlEncode(user)}</h1><ol>");
    foreach (var (index, probability) in await Best(user, context))
    {
        page.Append(System.Globalization.CultureInfo.InvariantCulture, $"<li>{WebUtility.HtmlEncode(products[index].Id)} for {products[index].Price:F2} ({probability:P1})");
    }

    context.Response.ContentType = "text/html";
    await context.Response.WriteAsync($"{page}</ol>", context.RequestAborted);
});

// The same for programs: one line a product, id and probability.
shop.MapGet("/best/{user}", async (string user, HttpContext context) =>
    await context.Response.WriteAsync(string.Concat((await Best(user, context)).Select(place => FormattableString.Invariant($"{products[place.Index].Id} {place.Probability:R}\n"))), context.RequestAborted));

// What the customer did with a product that was shown.
shop.MapPost("/seen/{user}/{item}/{click}", (HttpContext context) =>
{
    var (user, item, click) = ((string)context.Request.RouteValues["user"]!, (string)context.Request.RouteValues["item"]!, (string)context.Request.RouteValues["click"]!);
    if (Array.Find(products, product => product.Id == item) is not { } product || click is not ("0" or "1") || user.Any(letter => letter is ',' or '"' or '\n' or '\r'))
    {
        context.Response.StatusCode = StatusCodes.Status400BadRequest;
        return Task.CompletedTask;
    }

    lock (writing)
    {
        if (!File.Exists(log)) File.WriteAllText(log, "click,user,item,tags,price\n");
        File.AppendAllText(log, FormattableString.Invariant($"{click},{user},{item},{product.Tags},{product.Price}\n"));
    }

    return Task.CompletedTask;
});

await shop.StartAsync();
Console.WriteLine($"the shop is open at {shop.Urls.First()}");
await shop.WaitForShutdownAsync();

Task<IReadOnlyList<(int Index, double Probability)>> Best(string user, HttpContext context)
{
    var scorer = context.RequestServices.GetRequiredService<AutoDimScorer>();
    return scorer.RankAsync(new Dictionary<string, string?> { ["user"] = user }, [.. products.Select(product => product.Row)], top: 5, context.RequestAborted);
}
