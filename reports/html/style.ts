/** The style sheet of a report: system fonts, light and dark by the reader's choice, paper in mind. */
import { colourVariables } from '../palette.ts';

export const STYLE = `
:root{color-scheme:light dark;${colourVariables('light')}
--text:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;
--code:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
@media (prefers-color-scheme:dark){:root{${colourVariables('dark')}}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-behavior:smooth}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.55 var(--text)}
main{max-width:1180px;margin:0 auto;padding:40px 24px 64px}
h1{font-size:30px;line-height:1.2;letter-spacing:-.01em;margin:4px 0 8px;overflow-wrap:anywhere}
h2{font-size:20px;line-height:1.3;margin:52px 0 10px;padding-top:14px;border-top:1px solid var(--rule)}
h3{font-size:15px;line-height:1.4;margin:0 0 6px}
p{margin:0 0 12px;max-width:76ch}
a{color:inherit;text-decoration-color:var(--muted);text-underline-offset:2px}
a:focus-visible,summary:focus-visible,.wide:focus-visible{outline:2px solid var(--series-1);outline-offset:2px}
code,pre,.digest{font-family:var(--code);font-size:.87em}
.kicker{color:var(--muted);font-size:13px;letter-spacing:.02em}
.question{font-size:18px;line-height:1.5;color:var(--muted);max-width:66ch;margin-bottom:20px;overflow-wrap:anywhere}
.verdict{background:var(--paper);border:1px solid var(--rule);border-left:5px solid var(--good);border-radius:4px;padding:14px 18px;margin:0 0 16px}
.verdict p{margin:0;font-size:17px;line-height:1.5;overflow-wrap:anywhere}
.verdict.invalid{border-left-color:var(--bad)}
.status{font-size:12px;font-weight:700;letter-spacing:.06em;text-transform:uppercase;color:var(--good)}
.invalid .status{color:var(--bad)}
.alarm{background:var(--alarm);border:3px solid var(--bad);border-radius:4px;padding:16px 20px;margin:0 0 16px}
.alarm h2{margin:0 0 8px;padding:0;border:0;color:var(--bad)}
.alarm ul{margin-bottom:0}
.alarm li+li{margin-top:10px}
.alarm dl,.notes dl{margin:0}
.notes{border-left:5px solid var(--rule);padding:2px 18px;margin:0 0 16px}
ul{padding-left:20px;margin:0 0 12px}
nav{margin:20px 0 0;font-size:14px;display:flex;flex-wrap:wrap;gap:4px 20px}
.muted,.note,figcaption,caption{color:var(--muted)}
.note,figcaption,caption{font-size:13.5px;line-height:1.5}
.wide{overflow-x:auto;background:var(--paper);border:1px solid var(--rule);border-radius:4px;margin:0 0 12px}
table{border-collapse:collapse;width:100%;font-size:13.5px;line-height:1.4;font-variant-numeric:tabular-nums}
th,td{padding:7px 7px;text-align:left;vertical-align:top;white-space:nowrap}
th.number,td.number{text-align:right}
thead th{font-weight:600;border-bottom:1px solid var(--rule);vertical-align:bottom}
thead th.number{white-space:normal}
th:first-child,td:first-child{padding-left:14px}th:last-child,td:last-child{padding-right:14px}
thead .unit{display:block;font-weight:400;color:var(--muted)}
tbody th{font-weight:500}
tbody+tbody{border-top:1px solid var(--rule)}
tbody tr+tr td,tbody tr+tr th{border-top:1px solid var(--grid)}
.claim,.subject{white-space:normal;overflow-wrap:anywhere;min-width:240px}
.claim .tag{margin:0 6px 0 0}
.name{max-width:340px;overflow:hidden;text-overflow:ellipsis}
td .pm{color:var(--muted);font-size:.88em}
td .against{display:block;font-size:.88em;color:var(--muted)}
.better{color:var(--good);font-weight:600}
.worse{color:var(--bad);font-weight:600}
.best{font-weight:700}
.tag{display:inline-block;font-size:.82em;line-height:1.5;padding:0 6px;margin-left:6px;border:1px solid var(--rule);border-radius:9px;color:var(--muted);font-weight:400}
.tag.bad{border-color:var(--bad);color:var(--bad);font-weight:700}
tr.void td{color:var(--muted)}
figure{margin:0 0 28px;background:var(--paper);border:1px solid var(--rule);border-radius:4px;padding:16px 18px 14px}
figure .plot{overflow-x:auto;padding-bottom:2px}
figure svg{display:block;width:100%;min-width:720px;height:auto;overflow:visible}
figcaption{margin-top:10px;max-width:84ch;overflow-wrap:anywhere}
details{margin:0 0 12px}
summary{cursor:pointer;padding:4px 0}
pre{background:var(--paper);border:1px solid var(--rule);border-radius:4px;padding:12px 16px;margin:6px 0 12px;overflow-x:auto;line-height:1.5}
dl.facts{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:3px 20px;margin:0 0 16px;font-size:14px}
dl.facts dt{color:var(--muted)}
dl.facts dd{margin:0;overflow-wrap:anywhere}
footer{margin-top:48px;font-size:13px;color:var(--muted)}
@media (max-width:640px){main{padding:24px 14px 40px}h1{font-size:25px}th,td{padding:6px 8px}figure{padding:12px}
dl.facts{grid-template-columns:1fr;gap:0}dl.facts dd{margin-bottom:8px}}
@media print{:root{color-scheme:light;${colourVariables('light')}--page:#ffffff}
body{font-size:10.5pt}main{max-width:none;padding:0}nav{display:none}h2{margin-top:26px;break-after:avoid}
figure,.verdict,.alarm,tr{break-inside:avoid}figure,.wide{border-color:#dddddd}.wide{overflow:visible}
figure svg{min-width:0}table{font-size:7pt}th,td{padding:3px 4px}pre{white-space:pre-wrap}}
`;
